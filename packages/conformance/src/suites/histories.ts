import type { ConsensusStore } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { aRun } from '../fixtures.ts'
import { checkHistory } from '../isolation/check-history.ts'
import type { Transaction } from '../isolation/history.ts'
import { appendAndRead, listsOf, readList, type Workload } from '../isolation/list-append.ts'
import { together } from '../processes/process.ts'
import type { It } from '../store-test.ts'

const timeout = 240_000

export function histories(it: It): void {
  describe('histories of many who append and read at once', () => {
    it('can be explained by some serial order', { timeout }, async ({ store }) => {
      const seed = newSeed()
      const callers = workloads(seed, { callers: 6, transactions: 140 })
      await startLists(store, callers)
      const transactions = await Promise.all(callers.map((workload) => appendAndRead(store, workload)))

      await mustBeSerializable(store, seed, callers, transactions.flat())
    })

    it('can be explained when several processes take part', { timeout }, async ({ sharedPlace }) => {
      const seed = newSeed()
      const callers = workloads(seed, { callers: 4, transactions: 120 })
      await using store = await sharedPlace.open()
      await startLists(store, callers)
      const transactions = await together(sharedPlace, 'append and read', callers)

      await mustBeSerializable(store, seed, callers, transactions.flat())
    })
  })
}

/** Another each time; CONSENSUS_HISTORY_SEED makes it one that failed. */
const newSeed = () => Number(process.env.CONSENSUS_HISTORY_SEED) || Math.floor(Math.random() * 2 ** 31)

const workloads = (seed: number, { callers, transactions }: { callers: number; transactions: number }) =>
  Array.from(
    { length: callers },
    (_, i): Workload => ({ seed: seed + i, caller: `c${i}`, transactions, operations: 8 }),
  )

const listsFor = (workloads: readonly Workload[]) =>
  listsOf(Math.max(...workloads.map(({ transactions }) => transactions)))

async function startLists(store: ConsensusStore, workloads: readonly Workload[]): Promise<void> {
  for (const id of listsFor(workloads)) await aRun(store, { id })
}

async function mustBeSerializable(
  store: ConsensusStore,
  seed: number,
  workloads: readonly Workload[],
  transactions: readonly Transaction[],
): Promise<void> {
  const lists = await Promise.all(listsFor(workloads).map(async (id) => [id, await readList(store, id)]))
  const [anomaly] = checkHistory({ transactions, final: Object.fromEntries(lists) })
  if (anomaly) expect.fail(`${anomaly.name}, with CONSENSUS_HISTORY_SEED=${seed}\n${anomaly.shown}`)

  // Of a store that refuses too much, nothing is proven.
  const planned = workloads.reduce((sum, workload) => sum + workload.transactions, 0)
  const committed = transactions.filter(({ outcome }) => outcome === 'committed')
  expect(committed.length).toBeGreaterThan(planned / 2)
  expect((await store.verify()).differences).toEqual([])
}
