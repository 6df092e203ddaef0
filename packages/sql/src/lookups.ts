import type { Lookup } from './statement.ts'

export interface Finder {
  one<R>(lookup: Lookup<R>, key: string): Promise<R | undefined>
  many<R>(lookup: Lookup<R>, keys: readonly string[]): Promise<readonly R[]>
}

interface Asked {
  readonly key: string
  resolve(row: unknown): void
  reject(error: unknown): void
}

/** Looks up for callers who do not know of each other: what they ask for in one tick becomes one statement. */
export function lookups({ one, many }: Finder): Finder['one'] {
  const thisTick = new Map<Lookup<never>, Asked[]>()

  async function answer<R>(lookup: Lookup<R>, asked: readonly Asked[]): Promise<void> {
    thisTick.delete(lookup as never)
    const keys = [...new Set(asked.map(({ key }) => key))]
    const shared = keys.length < asked.length
    try {
      const rows = keys.length === 1 ? [await one(lookup, keys[0]!)] : await many(lookup, keys)
      const found = new Map<string, R>()
      for (const row of rows) if (row) found.set(lookup.keyOf(row), row)
      // Rows are flat: who asked for the same one as another gets a copy of their own.
      for (const { key, resolve } of asked)
        resolve(shared && found.has(key) ? { ...found.get(key) } : found.get(key))
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }

  return <R>(lookup: Lookup<R>, key: string) =>
    new Promise<R | undefined>((resolve, reject) => {
      let asked = thisTick.get(lookup as never)
      if (!asked) {
        const fresh: Asked[] = []
        asked = fresh
        thisTick.set(lookup as never, fresh)
        queueMicrotask(() => answer(lookup, fresh))
      }
      asked.push({ key, resolve: resolve as Asked['resolve'], reject })
    })
}
