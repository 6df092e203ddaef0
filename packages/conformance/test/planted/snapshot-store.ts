import type { ConsensusStore, Env, Nouns } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { call } from '../../src/methods.ts'
import { isRead, type Made, makeAgain, nounsOf, tryOut } from './recorded-nouns.ts'

interface Commit {
  readonly writes: readonly Made[]
  readonly runIds: ReadonlySet<string>
}

/** What one transaction works on: all that was committed before it began, and nothing after. */
interface Snapshot {
  readonly store: ConsensusStore
  version: number
}

/**
 * Transactions run side by side, each on a snapshot. One that wrote to a run to which another has written since is run
 * again, so no update is lost; what it only read may have changed.
 */
export function snapshotStore(env: Env): ConsensusStore {
  const store = memoryStore({ env })
  const commits: Commit[] = []
  const free: Snapshot[] = []
  let lastPosition = 0

  async function snapshot(): Promise<Snapshot> {
    const taken = free.pop() ?? { store: memoryStore({ env }), version: 0 }
    for (const { writes } of commits.slice(taken.version)) {
      await taken.store.transaction((tx) => makeAgain(tx, writes))
      taken.version++
    }
    return taken
  }

  /** False, and nothing is done, when others have written to the same run since. */
  async function commit(writes: readonly Made[], since: number): Promise<boolean> {
    const overtaken = new Error('Another wrote to the same run')
    try {
      await store.transaction(async (tx) => {
        await makeAgain(tx, writes)
        const events = await tx.events.readAll({ after: lastPosition, limit: 1_000 })
        const runIds = new Set(events.map(({ runId }) => runId))
        if (commits.slice(since).some((other) => [...runIds].some((id) => other.runIds.has(id))))
          throw overtaken
        lastPosition = events.at(-1)?.position ?? lastPosition
        commits.push({ writes, runIds })
      })
      return true
    } catch (error) {
      if (error === overtaken) return false
      if (commits.length > since) return false
      throw error
    }
  }

  async function transaction<T>(work: (tx: Nouns) => Promise<T>): Promise<T> {
    const taken = await snapshot()
    const writes: Made[] = []
    const tx = nounsOf(async (made) => {
      const given = await tryOut(taken.store, writes, made)
      if (!isRead(made.method)) writes.push(made)
      return given
    })
    const result = await work(tx).finally(() => free.push(taken))
    return (await commit(writes, taken.version)) ? result : transaction(work)
  }

  return {
    ...store,
    ...nounsOf((made) =>
      isRead(made.method)
        ? call(store, made.method, made.args)
        : transaction((tx) => call(tx, made.method, made.args)),
    ),
    transaction,
  }
}
