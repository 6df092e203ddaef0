// Bytes that are said to be given back were given back, nothing that can be read goes with them, and writers are let through.
import { type ConsensusStore, type Reclaimed, runIds } from '@consensus-store/core'
import { aRun } from '../../src/fixtures.ts'
import { changed, plant } from './plant.ts'

const reclaims = (
  store: ConsensusStore,
  reclaim: (...args: Parameters<ConsensusStore['reclaim']>) => Promise<Reclaimed>,
) => changed(store, () => ({}), { reclaim })

const MANY = 10 * 1024 * 1024

plant('bytes are said to be given back that were not', 'reclaiming', (store) =>
  reclaims(store, async (options) => {
    await store.reclaim(options)
    return { before: MANY, after: 0, converted: false, unconverted: 0 }
  }),
)

plant('what is left is not counted', 'reclaiming', (store) => {
  let taken = MANY
  return reclaims(store, async (options) => {
    const reclaimed = await store.reclaim(options)
    const before = taken
    taken = MANY / 2
    return { ...reclaimed, before, after: 0 }
  })
})

plant('giving back is said to be done, and is not', 'reclaiming', (store) =>
  reclaims(store, async (options) => {
    await store.reclaim(options)
    return { before: MANY, after: MANY, converted: false, unconverted: 0 }
  }),
)

plant('what was deleted is swept up with what goes on', 'reclaiming', (store) =>
  reclaims(store, async (options) => {
    for await (const id of runIds(store)) await store.runs.delete(id).catch(() => undefined)
    return store.reclaim(options)
  }),
)

plant('giving back is told in the log', 'reclaiming', (store) =>
  reclaims(store, async (options) => {
    await aRun(store)
    return store.reclaim(options)
  }),
)

plant('giving back cannot be stopped', 'reclaiming', (store) =>
  reclaims(store, ({ signal: _, ...options } = {}) => store.reclaim(options)),
)

plant('who stops giving back is told of another error', 'reclaiming', (store) =>
  reclaims(store, (options) =>
    store.reclaim(options).catch((error) => {
      throw options?.signal?.aborted ? new Error('aborted') : error
    }),
  ),
)

plant('a store is said to be converted that was not', 'reclaiming', (store) =>
  reclaims(store, async (options) => ({
    ...(await store.reclaim(options)),
    converted: options?.convert === 'always',
  })),
)

plant('what is given back is told as if it came back', 'reclaiming', (store) =>
  reclaims(store, async (options) => {
    const reclaimed = await store.reclaim(options)
    for (const bytes of [2 * MANY, MANY]) options?.progress?.(bytes)
    return reclaimed
  }),
)
