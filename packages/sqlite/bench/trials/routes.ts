import { finding, findingHundreds, short, type Trial } from '@consensus-store/conformance/bench'
import { bareRoutes } from '../bare/routes.ts'
import { naiveRoutes } from '../naive/routes.ts'
import { reading } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { goals } from './goals.ts'
import { distinct, type Sizes } from './sizes.ts'

export const routeTrials = (shop: Workshop, sizes: Sizes): readonly Trial[] =>
  distinct(sizes).flatMap((size) => {
    // At a million the ratio may be a tenth lower.
    const ease = size === sizes.large && size !== sizes.usual ? 0.9 : 1
    const eased = (atLeast: number, aim: number) => goals(atLeast * ease, aim * ease)
    return [
      {
        title: `routes.find at ${short(size)}`,
        baseline: 'bare',
        goals: eased(0.85, 1.1),
        variants: reading(shop, size, {
          bare: (database) => finding(bareRoutes(database).find, size),
          store: ({ routes }) => finding(routes.find, size),
          kysely: (db) => finding(naiveRoutes(db).find, size),
        }),
      },
      {
        title: `routes.find, 100 in one tick, at ${short(size)}`,
        operations: 100,
        baseline: 'bare',
        goals: eased(1.7, 2.2),
        variants: reading(shop, size, {
          bare(database) {
            const { find } = bareRoutes(database)
            return findingHundreds((ids) => ids.map(find), size)
          },
          store: ({ routes }) =>
            findingHundreds((ids) => Promise.all(ids.map((id) => routes.find(id))), size),
          kysely(db) {
            const { find } = naiveRoutes(db)
            return findingHundreds((ids) => Promise.all(ids.map(find)), size)
          },
        }),
      },
      {
        title: `routes.findMany(100) at ${short(size)}`,
        operations: 100,
        baseline: 'bare',
        goals: eased(2, 2.6),
        variants: reading(shop, size, {
          bare(database) {
            const { find } = bareRoutes(database)
            return findingHundreds((ids) => ids.map(find), size)
          },
          store: ({ routes }) => findingHundreds(routes.findMany, size),
          kysely: (db) => findingHundreds(naiveRoutes(db).findMany, size),
        }),
      },
    ]
  })
