import { cycle, type Prepared, short, type Trial } from '@consensus-store/conformance/bench'
import { type Event, fold } from '@consensus-store/core'
import { bareEvents } from '../bare/events.ts'
import { naiveEvents } from '../naive/events.ts'
import { longRuns } from '../stock.ts'
import { writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { goals } from './goals.ts'
import type { Sizes } from './sizes.ts'

const EVENTS = 100

export const eventTrials = (shop: Workshop, { usual }: Sizes): readonly Trial[] => [
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
]

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
