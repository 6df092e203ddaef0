// Who watches misses nothing, repeats nothing, and leaves nothing behind.
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConsensusStore, type Event, StoreError, systemEnv, watch } from '@consensus-store/core'
import { overtakingStore } from './overtaking-store.ts'
import { changed, plant, plantSubject, plantWatch } from './plant.ts'

type ReadAll = ConsensusStore['events']['readAll']
type Watched = Parameters<typeof watch>[0]

const reading = (store: Watched, readAll: ReadAll): Watched => ({
  ...store,
  events: { ...store.events, readAll },
})

plantSubject(
  'who watches polls by positions that are taken before others are committed',
  'misses nothing and repeats nothing while transactions take their time',
  'watching',
  {
    open: async ({ env = systemEnv } = {}) => overtakingStore(env),
  },
)

plantWatch(
  'what follows a page that is exactly full is skipped',
  'tells everything once whatever of it is fetched at once, a page exactly full too',
  (store, options) => {
    let full = false
    return watch(
      reading(store, async (query) => {
        const page = await store.events.readAll({ ...query, after: (query?.after ?? 0) + (full ? 1 : 0) })
        full = page.length === query?.limit
        return page
      }),
      options,
    )
  },
)

plantWatch(
  'what was seen last is told again',
  'goes on behind the last event that was seen, wherever it was ended',
  (store, options) => watch(store, { ...options, ...(options?.after && { after: options.after - 1 }) }),
)

plantWatch(
  'hints are trusted: nobody looks who was not told',
  'does without hints: who is never told looks from time to time',
  (store, options) =>
    watch(store, { everyMs: 2 ** 31 - 1, ...options, ...(options?.everyMs === 10 && { everyMs: 600_000 }) }),
)

plantWatch(
  'the next page is fetched before it is wanted',
  'goes at the consumer’s own pace: no page is fetched before it is wanted',
  (store, options) =>
    watch(
      reading(store, async (query) => {
        const page = await store.events.readAll(query)
        if (page.length > 0) void store.events.readAll({ ...query, after: page.at(-1)!.position })
        return page
      }),
      options,
    ),
)

plantWatch('who watches looks all the time', 'does not keep looking while nothing comes', (store, options) =>
  watch({ ...store, arrival: () => sleep(1) }, options),
)

plantWatch(
  'the store is never told that nobody is interested any more',
  'leaves nothing behind, however it is ended',
  (store, options) => {
    const { signal: own } = new AbortController()
    const arrival: ConsensusStore['arrival'] = (after, { withinMs, signal }) =>
      Promise.race([
        store.arrival(after, { withinMs, signal: own }),
        new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve())),
      ])
    return watch({ ...store, arrival }, options)
  },
)

plantWatch(
  'watching ends only when something comes',
  'leaves nothing behind, however it is ended',
  async function* (store, options) {
    yield* watch(store, options)
  },
)

plantWatch(
  'a closed store looks like the end',
  'is ended by closing the store, which does not wait for it',
  (store, options) => {
    const events = watch(store, options)
    return {
      next: () =>
        events.next().catch((error: unknown): IteratorReturnResult<void> => {
          if (error instanceof StoreError && error.code === 'CLOSED') return { done: true, value: undefined }
          throw error
        }),
      return: (value) => events.return(value),
      throw: (error) => events.throw(error),
      [Symbol.asyncDispose]: () => events[Symbol.asyncDispose](),
      [Symbol.asyncIterator]() {
        return this
      },
    }
  },
)

plantWatch(
  'a run is known by its id, whichever run has that now',
  'by spec leaves out what was fetched of a run that is gone, whatever its id is used for now',
  (store, options) => {
    const read: ConsensusStore['events']['read'] = async (runId, query) =>
      (await store.events.read(runId, query)).map((event): Event => ({ ...event, position: 0 }))
    return watch({ ...store, events: { ...store.events, read } }, options)
  },
)

plant(
  'who reads the log in pages misses what is at their ends',
  'tells everything once whatever of it is fetched at once, a page exactly full too',
  'watching',
  (store) =>
    changed(store, ({ events }) => ({
      events: {
        async readAll(query) {
          const page = await events.readAll(query)
          return page.length === query?.limit && page.length > 1 ? page.slice(1) : page
        },
      },
    })),
)
