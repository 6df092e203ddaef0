import type { ConsensusStore, Env } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { isRead, type Made, makeAgain, nounsOf, tryOut } from './recorded-nouns.ts'

/** Transactions run side by side; each call sees what is committed just then, and writes are done together at the end. */
export const readCommittedStore = (env: Env): ConsensusStore => sideBySide(env, (own) => own)

/** The same, but each call sees what other open transactions have written as well. */
export const readUncommittedStore = (env: Env): ConsensusStore =>
  sideBySide(env, (own, others) => [...others, ...own])

function sideBySide(
  env: Env,
  visible: (own: readonly Made[], others: readonly Made[]) => readonly Made[],
): ConsensusStore {
  const store = memoryStore({ env })
  const open = new Set<Made[]>()
  return {
    ...store,
    async transaction(work) {
      const writes: Made[] = []
      open.add(writes)
      const tx = nounsOf(async (made) => {
        const others = [...open].filter((other) => other !== writes).flat()
        const given = await tryOut(store, visible(writes, others), made)
        if (!isRead(made.method)) writes.push(made)
        return given
      })
      const result = await work(tx).finally(() => open.delete(writes))
      await store.transaction((tx) => makeAgain(tx, writes))
      return result
    },
  }
}
