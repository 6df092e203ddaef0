import type { Trial } from '@consensus-store/conformance/bench'
import { bareRoutes } from '../bare/routes.ts'
import { agentId, cycle, sample } from '../ids.ts'
import { naiveRoutes } from '../naive/routes.ts'
import { reading } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { goals } from './goals.ts'
import { distinct, type Sizes, short } from './sizes.ts'

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
          bare(database) {
            const { find } = bareRoutes(database)
            const next = agents(size)
            return { run: () => find(next()) }
          },
          store({ routes }) {
            const next = agents(size)
            return { run: () => routes.find(next()) }
          },
          kysely(db) {
            const { find } = naiveRoutes(db)
            const next = agents(size)
            return { run: () => find(next()) }
          },
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
            const next = hundreds(size)
            return { run: () => next().map(find) }
          },
          store({ routes }) {
            const next = hundreds(size)
            return { run: () => Promise.all(next().map((id) => routes.find(id))) }
          },
          kysely(db) {
            const { find } = naiveRoutes(db)
            const next = hundreds(size)
            return { run: () => Promise.all(next().map(find)) }
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
            const next = hundreds(size)
            return { run: () => next().map(find) }
          },
          store({ routes }) {
            const next = hundreds(size)
            return { run: () => routes.findMany(next()) }
          },
          kysely(db) {
            const { findMany } = naiveRoutes(db)
            const next = hundreds(size)
            return { run: () => findMany(next()) }
          },
        }),
      },
    ]
  })

const agents = (size: number) => cycle(sample(size).map(agentId))

/** A hundred at a time. */
function hundreds(size: number): () => readonly string[] {
  const ids = sample(size).map(agentId)
  const groups = Array.from({ length: Math.floor(ids.length / 100) }, (_, i) =>
    ids.slice(i * 100, i * 100 + 100),
  )
  return cycle(groups)
}
