// A follower resumes where it was: its cursor only goes forward, and goes with what it wrote.
import { changed, plant } from './plant.ts'

plant(
  'cursors are saved outside the transaction they are saved in',
  'go with the transaction they are saved in, or not at all',
  'cursors',
  (store) => {
    const outside = store.cursors
    const saved: (readonly [string, number])[] = []
    return {
      ...store,
      async transaction(work) {
        try {
          return await store.transaction((tx) =>
            work({
              ...tx,
              cursors: {
                ...tx.cursors,
                save(name, position) {
                  saved.push([name, position])
                  return tx.cursors.save(name, position)
                },
              },
            }),
          )
        } finally {
          for (const [name, position] of saved.splice(0)) await outside.save(name, position)
        }
      },
    }
  },
)

plant(
  'cursors go back when they are told to',
  'only go forward: what is saved late or again gives what is kept and changes nothing',
  'cursors',
  (store) =>
    changed(store, ({ cursors }) => ({
      cursors: {
        async save(name, position) {
          if (((await cursors.load(name)) ?? 0) > position) await cursors.delete(name)
          return cursors.save(name, position)
        },
      },
    })),
)

plant(
  'saving gives what was asked for, not what is kept',
  'only go forward: what is saved late or again gives what is kept and changes nothing',
  'cursors',
  (store) =>
    changed(store, ({ cursors }) => ({
      cursors: {
        async save(name, position) {
          await cursors.save(name, position)
          return position
        },
      },
    })),
)

plant(
  'a cursor that was never saved is at the beginning',
  'are kept as they were saved, and there is none before',
  'cursors',
  (store) =>
    changed(store, ({ cursors }) => ({ cursors: { load: async (name) => (await cursors.load(name)) ?? 0 } })),
)

plant(
  'names of cursors are alike in small and capital letters',
  'are kept as they were saved, and there is none before',
  'cursors',
  (store) =>
    changed(store, ({ cursors }) => ({
      cursors: {
        save: (name, position) => cursors.save(name.toLowerCase(), position),
        load: (name) => cursors.load(name.toLowerCase()),
      },
    })),
)

plant(
  'a deleted cursor is remembered: it cannot begin again before where it was',
  'are forgotten when they are deleted, and may begin again anywhere',
  'cursors',
  (store) => {
    const gone = new Map<string, number>()
    return changed(store, ({ cursors }) => ({
      cursors: {
        async delete(name) {
          const position = await cursors.delete(name)
          gone.set(name, position ?? gone.get(name) ?? 0)
          return position
        },
        save: (name, position) => cursors.save(name, Math.max(position, gone.get(name) ?? 0)),
      },
    }))
  },
)

plant(
  'cursors are listed in the order in which they were saved',
  'are listed by name, in the order of code points, from any name on',
  'cursors',
  (store) =>
    changed(store, ({ cursors }) => ({
      cursors: {
        list: async (query) =>
          [...(await cursors.list(query))].sort((a, b) => a.position - b.position).reverse(),
      },
    })),
)

plant('a cursor is an event', 'are no part of the log, nor of a run', 'cursors', (store) =>
  changed(store, ({ cursors, runs }) => ({
    cursors: {
      async save(name, position) {
        const [run] = (await runs.list({ limit: 1 })).items
        if (run) await runs.pin(run.id)
        return cursors.save(name, position)
      },
    },
  })),
)
