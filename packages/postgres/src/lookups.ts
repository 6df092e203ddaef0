import type { Lookup } from '@consensus-store/sql'

export interface Finder {
  one<R>(lookup: Lookup<R>, key: string): Promise<R | undefined>
  many<R>(lookup: Lookup<R>, keys: readonly string[]): Promise<R[]>
}

interface Asked {
  readonly key: string
  resolve(row: unknown): void
  reject(error: unknown): void
}

/** What is looked up in one tick becomes one statement; a single key keeps its own. */
export function lookups({ one, many }: Finder): Finder['one'] {
  const thisTick = new Map<Lookup<object>, Asked[]>()

  async function answer(lookup: Lookup<object>, asked: readonly Asked[]): Promise<void> {
    thisTick.delete(lookup)
    const keys = [...new Set(asked.map(({ key }) => key))]
    try {
      const rows = keys.length === 1 ? [await one(lookup, keys[0]!)] : await many(lookup, keys)
      const found = new Map(rows.flatMap((row) => (row ? [[lookup.keyOf(row), row]] : [])))
      // Rows are flat: whoever asked for the same one gets a copy of their own.
      for (const { key, resolve } of asked) resolve(found.has(key) ? { ...found.get(key) } : undefined)
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }

  return (<R extends object>(lookup: Lookup<R>, key: string) =>
    new Promise((resolve, reject) => {
      const asked = thisTick.get(lookup as never) ?? []
      if (asked.length === 0) {
        thisTick.set(lookup as never, asked)
        queueMicrotask(() => answer(lookup as never, asked))
      }
      asked.push({ key, resolve, reject })
    })) as Finder['one']
}
