import { asking, finding, type Prepared, short, type Trial } from '@consensus-store/conformance/bench'
import type { ConsensusStore } from '@consensus-store/core'
import { sqliteStore } from '@consensus-store/sqlite'
import type { Workshop } from '../workshop.ts'
import type { Sizes } from './sizes.ts'

/** The same reads of a small and a large history: within one and a half times of each other. */
export function growthTrials(shop: Workshop, { small, large }: Sizes): readonly Trial[] {
  const between = (title: string, make: (store: ConsensusStore, size: number) => Prepared): Trial => {
    const prepare = (size: number) => async () => {
      const store = await sqliteStore({ path: await shop.history(size) })
      return { ...make(store, size), close: () => store.close() }
    }
    return {
      title: `${title}, small against large`,
      baseline: short(small),
      goals: [{ variant: short(large), atLeast: 1 / 1.5, aim: 1 }],
      variants: { [short(small)]: prepare(small), [short(large)]: prepare(large) },
    }
  }
  if (small === large) return []
  return [
    between('routes.find', ({ routes }, size) => finding(routes.find, size)),
    between('runs.latest', ({ runs }, size) => asking(runs.latest, size)),
    between('runs.list of 50', ({ runs }) => ({ run: () => runs.list({ limit: 50 }) })),
  ]
}
