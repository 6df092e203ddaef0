import type { Prepared, Trial } from '@consensus-store/conformance/bench'
import type { Bundle, StageQuery } from '@consensus-store/core'
import { bareBundles } from '../bare/bundles.ts'
import { bareRuns } from '../bare/runs.ts'
import { aBundle } from '../bundles.ts'
import { cycle, sample, stageOf } from '../ids.ts'
import { naiveBundles } from '../naive/bundles.ts'
import { naiveRuns } from '../naive/runs.ts'
import { reading, writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { goals } from './goals.ts'
import { type Sizes, short } from './sizes.ts'

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

/** Asks for the stages of a history one after the other. */
export function asking(latest: (stage: StageQuery) => unknown, size: number): Prepared {
  const next = cycle(sample(size).map((run) => stageOf(run, size)))
  return { run: () => latest(next()) }
}

function recording(record: (bundle: Bundle) => unknown): Prepared {
  let bundles: Bundle[] = []
  return {
    restock(runs) {
      bundles = Array.from({ length: runs }, aBundle)
    },
    run: () => record(bundles.pop()!),
  }
}
