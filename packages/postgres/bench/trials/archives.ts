import { archiving, restoring, short, type Trial } from '@consensus-store/conformance/bench'
import { bareArchives } from '../bare/archives.ts'
import { bareBundles } from '../bare/bundles.ts'
import { writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'

/** The store also proves that what it stores comes back, which by hand nobody does. */
export const archiveTrials = (shop: Workshop, runs: number): readonly Trial[] => [
  {
    title: `archives.add, 3 artifacts of 8 KB and a synthesis, at ${short(runs)}`,
    baseline: 'bare',
    variants: writing(shop, runs, {
      byHand: { bare: (pool) => archiving(bareBundles(pool), bareArchives(pool)) },
      store: (store) => archiving(store.runs, store.archives),
    }),
  },
  {
    title: `archives.restore, 3 artifacts of 8 KB and a synthesis, at ${short(runs)}`,
    baseline: 'bare',
    variants: writing(shop, runs, {
      byHand: { bare: (pool) => restoring(bareBundles(pool), bareArchives(pool)) },
      store: (store) => restoring(store.runs, store.archives),
    }),
  },
]
