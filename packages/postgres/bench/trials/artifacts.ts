import { adding, callers, short, type Trial } from '@consensus-store/conformance/bench'
import { bareArtifacts } from '../bare/artifacts.ts'
import { runningRuns } from '../stock.ts'
import { writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { goals } from './goals.ts'

export const artifactTrials = (shop: Workshop, runs: number): readonly Trial[] =>
  [1, 100].map((count) => ({
    title: `artifacts.add of 8 KB, ${callers(count)}, at ${short(runs)}`,
    operations: count,
    baseline: 'bare',
    goals: count === 1 ? [] : goals(1.3, 2),
    variants: writing(shop, runs, {
      byHand: { bare: (pool, supply) => adding(bareArtifacts(pool).add, runningRuns(supply), count) },
      store: ({ artifacts }, supply) => adding(artifacts.add, runningRuns(supply), count),
    }),
  }))
