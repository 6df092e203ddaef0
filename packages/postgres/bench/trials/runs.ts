import { asking, recording, short, type Trial } from '@consensus-store/conformance/bench'
import { bareBundles } from '../bare/bundles.ts'
import { bareRuns } from '../bare/runs.ts'
import { reading, writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { goals } from './goals.ts'

/** Half of the round trip that the goals were set for. */
const NETWORK_MS = 0.25

export const runTrials = (shop: Workshop, runs: number): readonly Trial[] => [
  ...[undefined, NETWORK_MS].map((delayMs) => ({
    title: `runs.record, 3 artifacts of 8 KB and a synthesis, ${networkOf(delayMs)}at ${short(runs)}`,
    baseline: 'bare',
    goals: delayMs === undefined ? goals(1.3, 1.5) : goals(3.5, 4),
    variants: writing(
      shop,
      runs,
      {
        byHand: { bare: (pool) => recording(bareBundles(pool).record) },
        store: ({ runs }) => recording(runs.record),
      },
      delayMs,
    ),
  })),
  {
    title: `runs.latest at ${short(runs)}`,
    baseline: 'bare',
    goals: goals(0.8, 1),
    variants: reading(shop, runs, {
      byHand: { bare: (pool) => asking(bareRuns(pool).latest, runs) },
      store: (store) => asking(store.runs.latest, runs),
    }),
  },
  {
    title: `runs.list of 50 at ${short(runs)}`,
    baseline: 'bare',
    goals: goals(0.8, 1),
    variants: reading(shop, runs, {
      byHand: {
        bare(pool) {
          const { list } = bareRuns(pool)
          return { run: () => list(50) }
        },
      },
      store: ({ runs }) => ({ run: () => runs.list({ limit: 50 }) }),
    }),
  },
]

const networkOf = (delayMs: number | undefined) =>
  delayMs === undefined ? '' : `${2 * delayMs} ms of network, `
