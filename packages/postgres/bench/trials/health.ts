import { short, type Trial } from '@consensus-store/conformance/bench'
import { reading } from '../variants.ts'
import type { Workshop } from '../workshop.ts'

const TABLES = ['run', 'execution', 'artifact', 'synthesis', 'event', 'archive']

/** Health, against only counting every row there is. */
export const healthTrials = (shop: Workshop, sizes: readonly number[]): readonly Trial[] =>
  sizes.map((runs) => ({
    title: `health at ${short(runs)}`,
    baseline: 'bare',
    goals: [{ variant: 'store', atLeast: 1, aim: 5 }],
    variants: reading(shop, runs, {
      byHand: {
        bare: (pool) => ({
          run: () => Promise.all(TABLES.map((table) => pool.query(`select count(*) from ${table}`))),
        }),
      },
      store: ({ health }) => ({ run: () => health() }),
    }),
  }))
