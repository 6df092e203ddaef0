// A history can be copied from any store to any other, as often as one likes, while it goes on.
import { changed, plant } from './plant.ts'

plant(
  'what is recorded after something else is acknowledged and lost',
  'of a log of many pages misses no run',
  'copying',
  (store) => {
    let recorded = 0
    return changed(store, ({ runs }) => ({
      runs: {
        async record(bundle) {
          recorded += 1
          return recorded % 50 === 0 ? bundle.run : runs.record(bundle)
        },
      },
    }))
  },
)

plant(
  'the second page of the log leaves out its first event',
  'of a log of many pages misses no run',
  'copying',
  (store) =>
    changed(store, ({ events }) => ({
      events: {
        async readAll(query) {
          const found = await events.readAll(query)
          return query?.limit === 1_000 && query.after && found.length > 100 ? found.slice(1) : found
        },
      },
    })),
)

plant(
  'the log of the store begins with the newest run',
  'makes a store that tells the same, its runs in the order they began',
  'copying',
  (store) =>
    changed(store, ({ events }) => ({
      events: {
        async readAll(query) {
          const found = await events.readAll(query)
          const position = (i: number) => found[i]!.position
          return found.toReversed().map((event, i) => ({ ...event, position: position(i) }))
        },
      },
    })),
)

plant('a log is cut at some length', 'again picks up what changed since', 'copying', (store) =>
  changed(store, ({ events }) => ({
    events: { read: async (runId, query) => (await events.read(runId, query)).slice(0, 6) },
  })),
)
