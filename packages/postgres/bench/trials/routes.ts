import {
  callers,
  finding,
  findingHundreds,
  type Goal,
  short,
  type Trial,
} from '@consensus-store/conformance/bench'
import { bareRoutes } from '../bare/routes.ts'
import { reading } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { goals } from './goals.ts'

/** By how many callers there are. */
const reaches = new Map<number, readonly Goal[]>([
  [1, goals(0.9, 1)],
  [10, []],
  [100, goals(2.5, 4)],
])

export const routeTrials = (shop: Workshop, runs: number): readonly Trial[] => [
  ...[...reaches].map(([count, goals]) => ({
    title: `routes.find, ${callers(count)}, at ${short(runs)}`,
    operations: count,
    baseline: 'bare',
    goals,
    variants: reading(shop, runs, {
      byHand: { bare: (pool) => finding(bareRoutes(pool).find, runs, count) },
      store: ({ routes }) => finding(routes.find, runs, count),
    }),
  })),
  {
    title: `routes.findMany(100) at ${short(runs)}`,
    operations: 100,
    baseline: 'bare',
    goals: goals(3.5, 5),
    variants: reading(shop, runs, {
      byHand: {
        bare(pool) {
          const { find } = bareRoutes(pool)
          return findingHundreds((ids) => Promise.all(ids.map(find)), runs)
        },
      },
      store: ({ routes }) => findingHundreds(routes.findMany, runs),
    }),
  },
]
