/** What trials use up, made in batches before it is needed. */
export interface Stock {
  take(): string
  /** Makes sure that so many can be taken. */
  restock(count: number): Promise<void>
}

/** What one run is used for, as a rule: that many agents are spawned into it, or add an artifact. */
export const AGENTS_PER_RUN = 4

/** Holds what `make` makes, `batch` at a time or as many as are asked for: most rounds should find enough. */
export function stock(make: (count: number) => string[] | Promise<string[]>, batch = 20_000): Stock {
  let items: string[] = []
  let next = 0
  return {
    take: () => items[next++]!,
    async restock(count) {
      if (items.length - next >= count) return
      items = [...items.slice(next), ...(await make(Math.max(count, batch)))]
      next = 0
    },
  }
}
