import { asking, recording, short, type Trial } from '@consensus-store/conformance/bench'
import { bareBundles } from '../bare/bundles.ts'
import { bareRuns } from '../bare/runs.ts'
import { naiveBundles } from '../naive/bundles.ts'
import { naiveRuns } from '../naive/runs.ts'
import { reading, writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { goals } from './goals.ts'
import type { Sizes } from './sizes.ts'

export const runTrials = (shop: Workshop, { usual }: Sizes): readonly Trial[] => [
  {
    title: `runs.record, 3 artifacts of 8 KB and a synthesis, at ${short(usual)}`,
    baseline: 'bare',
    goals: goals(0.7, 0.9),
    variants: writing(shop, usual, 'normal', {
      bare: (database) => recording(bareBundles(database).record),
      store: ({ runs }) => recording(runs.record),
      kysely: (db) => recording(naiveBundles(db).record),
    }),
  },
  {
    title: `runs.latest at ${short(usual)}`,
    baseline: 'bare',
    goals: goals(0.6, 0.85),
    variants: reading(shop, usual, {
      bare(database) {
        const { latest } = bareRuns(database)
        return asking(({ specId, stage }) => latest(specId, stage), usual)
      },
      store: ({ runs }) => asking(runs.latest, usual),
      kysely(db) {
        const { latest } = naiveRuns(db)
        return asking(({ specId, stage }) => latest(specId, stage), usual)
      },
    }),
  },
  {
    title: `runs.list of 50 at ${short(usual)}`,
    baseline: 'bare',
    goals: goals(0.6, 0.85),
    variants: reading(shop, usual, {
      bare(database) {
        const { list } = bareRuns(database)
        return { run: () => list(50) }
      },
      store: ({ runs }) => ({ run: () => runs.list({ limit: 50 }) }),
      kysely(db) {
        const { list } = naiveRuns(db)
        return { run: () => list(50) }
      },
    }),
  },
]
