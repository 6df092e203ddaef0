import { short, type Trial } from '@consensus-store/conformance/bench'
import { reading } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { distinct, type Sizes } from './sizes.ts'

const TABLES = ['run', 'execution', 'artifact', 'synthesis', 'event', 'archive']

/** Health, against only counting every row there is: it stays as it is when the history grows. */
export const healthTrials = (shop: Workshop, sizes: Sizes): readonly Trial[] =>
  distinct(sizes).map((size) => ({
    title: `health at ${short(size)}`,
    baseline: 'bare',
    ...(size === sizes.large && { goals: [{ variant: 'store', atLeast: 5, aim: 20 }] }),
    variants: reading(shop, size, {
      bare(database) {
        const counts = TABLES.map((table) => database.prepare(`select count(*) from ${table}`).pluck())
        return { run: () => counts.map((count) => count.get()) }
      },
      store: ({ health }) => ({ run: () => health() }),
    }),
  }))
