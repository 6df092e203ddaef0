import type { Prepared, Trial } from '@consensus-store/conformance/bench'
import type { NewArtifact } from '@consensus-store/core'
import { bareArtifacts } from '../bare/artifacts.ts'
import { content } from '../bundles.ts'
import { naiveArtifacts } from '../naive/artifacts.ts'
import { runningRuns } from '../stock.ts'
import { writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { callers, together } from './callers.ts'
import { goals } from './goals.ts'
import { type Sizes, short } from './sizes.ts'

export const artifactTrials = (shop: Workshop, { usual }: Sizes): readonly Trial[] =>
  [1, 100].map((count) => ({
    title: `artifacts.add of 8 KB, ${callers(count)}, at ${short(usual)}`,
    operations: count,
    baseline: 'bare',
    goals: count === 1 ? goals(0.7, 0.9) : goals(1.5, 2),
    variants: writing(shop, usual, 'normal', {
      bare: (database, path) => adding(bareArtifacts(database).add, path, count),
      store: ({ artifacts }, path) => adding(artifacts.add, path, count),
      kysely: (db, path) => adding(naiveArtifacts(db).add, path, count),
    }),
  }))

function adding(add: (artifact: NewArtifact) => unknown, path: string, count: number): Prepared {
  const { take, restock } = runningRuns(path)
  const one = () => add({ runId: take(), agentName: 'gemini', content })
  return { restock: (runs) => restock(runs * count), run: together(one, count) }
}
