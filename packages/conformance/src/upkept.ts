import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsensusStore, DoneChore } from '@consensus-store/core'
import type { OldRun } from './old-runs.ts'

/** What there is for retention to archive. */
export const old: OldRun = { id: 'old', specId: 'S', stage: 'plan', ended: 40 }

export const NEVER = { archiveAfterDays: 'never', deleteAfterDays: 'never' } as const

/** Whatever else the machine is doing, and however full its disk is. */
export const FINDING_NOTHING_ELSE = { latencyMs: 60_000, roomBytes: 0 }

/** The store, of which each chore begins with `before`. */
export const working = (
  store: ConsensusStore,
  before: (signal: AbortSignal | undefined) => Promise<unknown>,
): ConsensusStore => ({
  ...store,
  retention: {
    ...store.retention,
    async apply(policy, options) {
      await before(options?.signal)
      return store.retention.apply(policy, options)
    },
  },
  async reclaim(options) {
    await before(options?.signal)
    return store.reclaim(options)
  },
  async backup(file, options) {
    await before(options?.signal)
    return store.backup(file, options)
  },
})

/** Work that takes a moment, and how many were at it at once. */
export function together() {
  let now = 0
  let most = 0
  return {
    most: () => most,
    async work() {
      now += 1
      most = Math.max(most, now)
      await sleep(20)
      now -= 1
    },
  }
}

/** What came of each chore last; of upkeep itself only that nothing did. */
export const lastOf = (
  chores: readonly { readonly name: string; readonly last: DoneChore['outcome'] | undefined }[],
) =>
  Object.fromEntries(
    chores.filter(({ name, last }) => name !== 'upkeep' || !last).map(({ name, last }) => [name, last]),
  )

/** Resolves when a signal is. */
export const aborted = (signal: AbortSignal | undefined) =>
  new Promise<void>((resolve) => {
    if (signal?.aborted) resolve()
    else signal?.addEventListener('abort', () => resolve(), { once: true })
  })
