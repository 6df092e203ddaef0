import { closing, cycle, type Prepared, short, type Trial } from '@consensus-store/conformance/bench'
import { type Event, fold, replay, SNAPSHOT_EVERY } from '@consensus-store/core'
import { sqliteStore } from '@consensus-store/sqlite'
import { bareEvents } from '../bare/events.ts'
import { naiveEvents } from '../naive/events.ts'
import { longRuns } from '../stock.ts'
import { writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { goals } from './goals.ts'
import type { Sizes } from './sizes.ts'

const EVENTS = 100

export const eventTrials = (shop: Workshop, { usual, small }: Sizes): readonly Trial[] => [
  {
    title: `events.read and fold, ${EVENTS} events, at ${short(usual)}`,
    operations: EVENTS,
    baseline: 'bare',
    goals: goals(0.7, 0.95),
    variants: writing(shop, usual, 'normal', {
      bare(database, path) {
        const { read } = bareEvents(database)
        return replaying((runId) => read(runId, 0, EVENTS), path)
      },
      store: ({ events }, path) => replaying((runId) => events.read(runId, { limit: EVENTS }), path),
      kysely(db, path) {
        const { read } = naiveEvents(db)
        return replaying((runId) => read(runId, EVENTS), path)
      },
    }),
  },
  replayingLongRuns(shop, small),
]

/** A long run with what was kept of it, against its log alone. */
function replayingLongRuns(shop: Workshop, runs: number): Trial {
  // A snapshot, and five hundred that follow it.
  const events = runs + 500
  const prepare = (snapshotEvery: number | 'never') => async (): Promise<Prepared> => {
    const path = await shop.copy(runs)
    const runIds = await longRuns(path, events, 3)
    await takeSnapshots(path, runIds)
    const next = cycle(runIds)
    const store = await sqliteStore({ path })
    return closing({ run: () => replay(store, next(), { snapshotEvery }) }, async () => {
      await store.close()
      shop.discard(path)
    })
  }
  return {
    title: `replay of a run of ${short(events)} events`,
    operations: events,
    baseline: 'its log alone',
    variants: { 'its log alone': prepare('never'), 'from a snapshot': prepare(SNAPSHOT_EVERY) },
  }
}

/** Nobody waits for a snapshot to be kept but who closes the store. */
async function takeSnapshots(path: string, runIds: readonly string[]): Promise<void> {
  await using store = await sqliteStore({ path })
  for (const runId of runIds) await replay(store, runId)
}

async function replaying(
  read: (runId: string) => readonly Event[] | Promise<readonly Event[]>,
  path: string,
): Promise<Prepared> {
  const next = cycle(await longRuns(path, EVENTS))
  return {
    async run() {
      const runId = next()
      return fold(runId, await read(runId))
    },
  }
}
