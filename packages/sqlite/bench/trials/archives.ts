import { archiving, restoring, short, type Trial } from '@consensus-store/conformance/bench'
import { bareArchives } from '../bare/archives.ts'
import { bareBundles } from '../bare/bundles.ts'
import { writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import type { Sizes } from './sizes.ts'

/** The store also proves that what it stores comes back, which by hand nobody does. */
export const archiveTrials = (shop: Workshop, { usual }: Sizes): readonly Trial[] => [
  {
    title: `archives.add, 3 artifacts of 8 KB and a synthesis, at ${short(usual)}`,
    baseline: 'bare',
    variants: writing(shop, usual, 'normal', {
      bare: (database) => archiving(bareBundles(database), bareArchives(database)),
      store: ({ runs, archives }) => archiving(runs, archives),
    }),
  },
  {
    title: `archives.restore, 3 artifacts of 8 KB and a synthesis, at ${short(usual)}`,
    baseline: 'bare',
    variants: writing(shop, usual, 'normal', {
      bare: (database) => restoring(bareBundles(database), bareArchives(database)),
      store: ({ runs, archives }) => restoring(runs, archives),
    }),
  },
]
