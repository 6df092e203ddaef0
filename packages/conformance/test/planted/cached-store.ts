import type { ConsensusStore, Nouns, Route } from '@consensus-store/core'

/** Copies of routes in this process, by agent id. */
export interface Copies {
  has(agentId: string): boolean
  get(agentId: string): Route | undefined
  /** Keeps what was read at an instant of `performance.now()` or later. */
  set(agentId: string, route: Route | undefined, readAt: number): void
  drop(agentIds: readonly string[]): void
}

/** What a cache of routes is made of, where it can be wrong. */
export interface CacheParts {
  /** Where copies are kept, for one store. */
  readonly copies: () => Copies
  /** Something that takes a while between a read and keeping what it gave. */
  readonly lag: () => Promise<unknown>
  /** Whether what was read is kept; `overtaken` if something was deleted meanwhile. */
  readonly keeps: (route: Route | undefined, overtaken: boolean) => boolean
  /** What a caller is given of what is kept. */
  readonly gives: (route: Route) => Route
  /** What a transaction is given. */
  readonly inside: (tx: Nouns, copies: Copies) => Nouns
  /** A deletion is to begin, on the store itself or in a transaction. */
  readonly deleting: (copies: Copies, store: Nouns, runId: string) => Promise<void>
  /** A deletion by itself has been acknowledged. */
  readonly deleted: (copies: Copies, agentIds: readonly string[]) => void
  /** A transaction with deletions has been acknowledged. */
  readonly committed: (copies: Copies, agentIds: readonly string[]) => void
  /** A transaction with deletions has been undone. */
  readonly undone: (copies: Copies, agentIds: readonly string[]) => void
}

/** A store that keeps copies of routes. Without faulty parts it is right, as far as one process goes. */
export function cachedStore(store: ConsensusStore, parts: Partial<CacheParts> = {}): ConsensusStore {
  const { lag, keeps, gives, inside, deleting, deleted, committed, undone, ...rest } = { ...right, ...parts }
  const copies = rest.copies()
  let deletions = 0

  /** Answers from copies if it has all, else reads all. */
  async function look(agentIds: readonly string[]): Promise<Map<string, Route>> {
    const began = performance.now()
    if (agentIds.length > 0 && agentIds.every(copies.has)) return found(agentIds, copies.get)
    const before = deletions
    const routes = await store.routes.findMany(agentIds)
    await lag()
    for (const id of agentIds) {
      if (keeps(routes.get(id), deletions !== before)) copies.set(id, routes.get(id), began)
    }
    return found(agentIds, (id) => routes.get(id))
  }

  const found = (agentIds: readonly string[], routeOf: (id: string) => Route | undefined) =>
    new Map(
      agentIds.flatMap((id) => {
        const route = routeOf(id)
        return route ? [[id, gives(route)] as const] : []
      }),
    )

  const deletingIn = (nouns: Nouns, gone: (agentIds: readonly string[]) => void): Nouns['runs'] => ({
    ...nouns.runs,
    async delete(id) {
      await deleting(copies, nouns, id)
      const run = await nouns.runs.delete(id)
      gone(run?.agentIds ?? [])
      return run
    },
  })

  return {
    ...store,
    routes: { find: async (id) => (await look([id])).get(id), findMany: look },
    runs: deletingIn(store, (agentIds) => {
      deletions++
      deleted(copies, agentIds)
    }),
    async transaction(work) {
      const gone: string[] = []
      try {
        const result = await store.transaction((tx) => {
          gone.length = 0
          return work(inside({ ...tx, runs: deletingIn(tx, (agentIds) => gone.push(...agentIds)) }, copies))
        })
        deletions++
        committed(copies, gone)
        return result
      } catch (error) {
        undone(copies, gone)
        throw error
      }
    },
  }
}

const drop = (copies: Copies, agentIds: readonly string[]) => copies.drop(agentIds)

const right: CacheParts = {
  copies: () => copiesIn(new Map()),
  lag: async () => {},
  keeps: (route, overtaken) => route !== undefined && !overtaken,
  gives: (route) => ({ ...route }),
  inside: (tx) => tx,
  deleting: async () => {},
  deleted: drop,
  committed: drop,
  undone: () => {},
}

/** What is kept is its own: nobody else changes it. */
export const copiesIn = (
  routes: Map<string, Route | undefined>,
  keyOf = (agentId: string) => agentId,
): Copies => ({
  has: (id) => routes.has(keyOf(id)),
  get: (id) => routes.get(keyOf(id)),
  set: (id, route) => void routes.set(keyOf(id), route && { ...route }),
  drop: (ids) => {
    for (const id of ids) routes.delete(keyOf(id))
  },
})

/** Copies that are good for so many milliseconds after they were read. */
export function passingCopies(ms: number): Copies {
  const copies = copiesIn(new Map())
  const readAt = new Map<string, number>()
  return {
    ...copies,
    has: (id) => copies.has(id) && performance.now() < (readAt.get(id) ?? 0) + ms,
    set(id, route, at) {
      copies.set(id, route, at)
      readAt.set(id, at)
    },
  }
}
