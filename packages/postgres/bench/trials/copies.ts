import { aBundle, type Prepared, recording, short, type Trial } from '@consensus-store/conformance/bench'
import { type Bundle, type ConsensusStore, copyStore } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { bareBundles } from '../bare/bundles.ts'
import { writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { goals } from './goals.ts'

const BUNDLES = 64

/** The baseline writes one bundle after the other; `pooled` as many at once as its pool has connections. */
export const copyTrials = (shop: Workshop, runs: number): readonly Trial[] => [
  {
    title: `copyStore of ${BUNDLES} bundles of 33 KB, at ${short(runs)}`,
    operations: BUNDLES,
    baseline: 'bare',
    goals: goals(2, 4),
    variants: writing(shop, runs, {
      byHand: {
        bare: (pool) => copying(byHand(inTurn(bareBundles(pool).record))),
        pooled: (pool) => copying(byHand(bareBundles(pool).record)),
      },
      store: (store) => copying((source) => copyStore(source, store)),
    }),
  },
  {
    title: `runs.record, ${BUNDLES} callers, 3 artifacts of 8 KB and a synthesis, at ${short(runs)}`,
    operations: BUNDLES,
    baseline: 'bare',
    goals: goals(2, 4),
    variants: writing(shop, runs, {
      byHand: {
        bare: (pool) => recording(inTurn(bareBundles(pool).record), BUNDLES),
        pooled: (pool) => recording(bareBundles(pool).record, BUNDLES),
      },
      store: (store) => recording(store.runs.record, BUNDLES),
    }),
  },
]

type Record = (bundle: Bundle) => Promise<unknown>

/** Each call begins when the one before has ended. */
function inTurn(record: Record): Record {
  let last: Promise<unknown> = Promise.resolve()
  return (bundle) => {
    last = last.then(() => record(bundle))
    return last
  }
}

const byHand = (record: Record) => async (source: ConsensusStore) => {
  const { items } = await source.runs.list({ limit: BUNDLES })
  await Promise.all(items.map(async ({ id }) => record((await source.runs.bundle(id))!)))
}

/** Copies stores that were not copied before, each of so many bundles. */
function copying(copy: (source: ConsensusStore) => Promise<unknown>): Prepared {
  let sources: ConsensusStore[] = []
  return {
    async restock(runs) {
      sources = await Promise.all(Array.from({ length: runs }, aSource))
    },
    run: () => copy(sources.pop()!),
  }
}

async function aSource(): Promise<ConsensusStore> {
  const store = memoryStore()
  for (let i = 0; i < BUNDLES; i++) await store.runs.record(aBundle())
  return store
}
