import { adding, callers, short, type Trial } from '@consensus-store/conformance/bench'
import { bareArtifacts } from '../bare/artifacts.ts'
import { naiveArtifacts } from '../naive/artifacts.ts'
import { runningRuns } from '../stock.ts'
import { writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { goals } from './goals.ts'
import type { Sizes } from './sizes.ts'

export const artifactTrials = (shop: Workshop, { usual }: Sizes): readonly Trial[] =>
  [1, 100].map((count) => ({
    title: `artifacts.add of 8 KB, ${callers(count)}, at ${short(usual)}`,
    operations: count,
    baseline: 'bare',
    goals: count === 1 ? goals(0.7, 0.9) : goals(1.5, 2),
    variants: writing(shop, usual, 'normal', {
      bare: (database, path) => adding(bareArtifacts(database).add, runningRuns(path), count),
      store: ({ artifacts }, path) => adding(artifacts.add, runningRuns(path), count),
      kysely: (db, path) => adding(naiveArtifacts(db).add, runningRuns(path), count),
    }),
  }))
