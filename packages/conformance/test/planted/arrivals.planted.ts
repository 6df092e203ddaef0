// Whoever waits for events is told soon; the position is that behind which they will be.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsensusStore } from '@consensus-store/core'
import { changed, plant } from './plant.ts'

const hearing =
  (arrival: (store: ConsensusStore) => ConsensusStore['arrival']) => (store: ConsensusStore) => ({
    ...store,
    arrival: arrival(store),
  })

plant(
  'nobody is told of what comes, only of what was there',
  'is told of when it comes, by itself or in a transaction',
  'arrivals',
  hearing((store) => async (after, options) => {
    await store.arrival(after, { withinMs: 0 })
    if ((await store.events.readAll({ after, limit: 1 })).length > 0) return
    await sleep(options.withinMs, undefined, { signal: options.signal }).catch(() => undefined)
  }),
)

plant(
  'nobody is told of what was there, only of what comes',
  'is told of at once when it was before',
  'arrivals',
  hearing((store) => async (after, options) => {
    const now = await store.events.position()
    await store.arrival(Math.max(after, now), options)
  }),
)

plant(
  'who waits for what does not come waits for good',
  'is not waited for longer than was said, nor when the signal is aborted',
  'arrivals',
  hearing(
    ({ arrival }) =>
      (after, options) =>
        arrival(after, { ...options, withinMs: 2 ** 31 - 1 }),
  ),
)

plant(
  'who waits cannot be told that it is enough',
  'is not waited for longer than was said, nor when the signal is aborted',
  'arrivals',
  hearing(
    ({ arrival }) =>
      (after, { withinMs }) =>
        arrival(after, { withinMs }),
  ),
)

plant(
  'closing waits for those who wait',
  'does not hold up closing, which ends the waiting',
  'arrivals',
  (store) => {
    const waiting = new Set<Promise<unknown>>()
    return {
      ...store,
      arrival(after, options) {
        const waited = store.arrival(after, options)
        waiting.add(Promise.all([waited, store.events.readAll({ after, limit: 1 })]))
        return waited
      },
      async close() {
        await Promise.allSettled(waiting)
        await store.close()
      },
    }
  },
)

plant(
  'the position is that of the last event there is',
  'does not go back when what was last is deleted',
  'arrivals',
  (store) =>
    changed(store, ({ events }) => ({
      events: { position: async () => (await events.readAll({ limit: 1_000 })).at(-1)?.position ?? 0 },
    })),
)

plant(
  'the position of a transaction is that of its end',
  'is in a transaction that of its beginning, whatever it has appended itself',
  'arrivals',
  (store) => ({
    ...store,
    transaction: (work) =>
      store.transaction((tx) =>
        work({
          ...tx,
          events: {
            ...tx.events,
            position: async () => (await tx.events.readAll({ limit: 1_000 })).at(-1)?.position ?? 0,
          },
        }),
      ),
  }),
)
