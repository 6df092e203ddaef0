// Bytes that are said to be given back were given back, nothing that can be read goes with them, and writers are let through.
import { type ConsensusStore, type Reclaimed, runIds } from '@consensus-store/core'
import { aRun } from '../../src/fixtures.ts'
import { changed, plant } from './plant.ts'

const reclaims = (
  store: ConsensusStore,
  reclaim: (...args: Parameters<ConsensusStore['reclaim']>) => Promise<Reclaimed>,
) => changed(store, () => ({}), { reclaim })

const MANY = 10 * 1024 * 1024

plant(
  'bytes are said to be given back that were not',
  'gives back what deleted runs took, and says neither more nor less than that',
  'reclaiming',
  (store) =>
    reclaims(store, async (options) => {
      await store.reclaim(options)
      return { before: MANY, after: 0, converted: false, unconverted: 0 }
    }),
)

plant(
  'what is left is not counted',
  'gives back what deleted runs took, and says neither more nor less than that',
  'reclaiming',
  (store) => {
    let taken = MANY
    return reclaims(store, async (options) => {
      const reclaimed = await store.reclaim(options)
      const before = taken
      taken = MANY / 2
      return { ...reclaimed, before, after: 0 }
    })
  },
)

plant(
  'giving back is said to be done, and is not',
  'gives back what deleted runs took, and says neither more nor less than that',
  'reclaiming',
  (store) =>
    reclaims(store, async (options) => {
      await store.reclaim(options)
      return { before: MANY, after: MANY, converted: false, unconverted: 0 }
    }),
)

plant(
  'what was deleted is swept up with what goes on',
  'changes nothing that can be read',
  'reclaiming',
  (store) =>
    reclaims(store, async (options) => {
      for await (const id of runIds(store)) await store.runs.delete(id).catch(() => undefined)
      return store.reclaim(options)
    }),
)

plant('giving back is told in the log', 'changes nothing that can be read', 'reclaiming', (store) =>
  reclaims(store, async (options) => {
    await aRun(store)
    return store.reclaim(options)
  }),
)

plant(
  'giving back cannot be stopped',
  'that is aborted rejects with the reason, and can be done again',
  'reclaiming',
  (store) => reclaims(store, ({ signal: _, ...options } = {}) => store.reclaim(options)),
)

plant(
  'who stops giving back is told of another error',
  'that is aborted rejects with the reason, and can be done again',
  'reclaiming',
  (store) =>
    reclaims(store, (options) =>
      store.reclaim(options).catch((error) => {
        throw options?.signal?.aborted ? new Error('aborted') : error
      }),
    ),
)

plant(
  'a store is said to be converted that was not',
  'from a store that converts nothing is the same whether it may convert or not',
  'reclaiming',
  (store) =>
    reclaims(store, async (options) => ({
      ...(await store.reclaim(options)),
      converted: options?.convert === 'always',
    })),
)

plant(
  'what is given back is told as if it came back',
  'tells how much it has given back, and never less than before',
  'reclaiming',
  (store) =>
    reclaims(store, async (options) => {
      const reclaimed = await store.reclaim(options)
      for (const bytes of [2 * MANY, MANY]) options?.progress?.(bytes)
      return reclaimed
    }),
)
