// A chore has one holder at a time, for as long as it was taken, and what came of it is kept.
import { type Chores, type ConsensusStore, systemEnv } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { fileSubject } from './file-subject.ts'
import { plant, plantSubject } from './plant.ts'

const plantChores = (
  fault: string,
  by: string,
  spoil: (chores: Chores, store: ConsensusStore) => Partial<Chores>,
) =>
  plant(fault, by, 'chores', (store) => ({
    ...store,
    chores: { ...store.chores, ...spoil(store.chores, store) },
  }))

plantChores('a chore has two holders', 'have one holder, however many ask at once', ({ take }) => ({
  take: async (...args) => (await take(...args)) || take(...args).then(() => true),
}))

plantChores(
  'whoever has the same initial is the same holder',
  'are nobody’s before they are taken, and then the holder’s for as long as asked',
  ({ take, finish }) => ({
    take: (chore, holder, forMs) => take(chore, holder[0]!, forMs),
    finish: (chore, holder, outcome) => finish(chore, holder[0]!, outcome),
  }),
)

plantChores(
  'a lease never ends',
  'pass to another when the holder’s time is over, and not a moment before',
  ({ take, list }) => {
    const taken = new Map<string, string>()
    return {
      async take(chore, holder, forMs) {
        const kept = (await list()).find(({ name }) => name === chore)
        if (taken.has(chore) && taken.get(chore) !== holder && kept?.last === undefined) return false
        taken.set(chore, holder)
        return take(chore, holder, forMs)
      },
    }
  },
)

plantChores(
  'a lease lasts a moment too long',
  'are nobody’s before they are taken, and then the holder’s for as long as asked',
  ({ take }) => ({
    take: (chore, holder, forMs) => take(chore, holder, Math.min(forMs + 1, 86_400_000)),
  }),
)

plantChores(
  'a lease ends a moment too soon',
  'are nobody’s before they are taken, and then the holder’s for as long as asked',
  ({ take }) => ({
    take: (chore, holder, forMs) => take(chore, holder, Math.max(1, forMs - 1)),
  }),
)

plantChores('a chore cannot be kept for longer', 'are kept for longer by who has them', ({ take, list }) => ({
  async take(chore, holder, forMs) {
    const kept = (await list()).find(({ name }) => name === chore)
    return kept?.holder === holder || take(chore, holder, forMs)
  },
}))

plantChores(
  'an outcome is lost',
  'are given back with what came of them, which is kept while others have them',
  ({ list }) => ({
    list: async () => (await list()).map((chore) => ({ ...chore, last: undefined })),
  }),
)

plantChores(
  'an outcome is lost when the chore is taken again',
  'are given back with what came of them, which is kept while others have them',
  ({ list }) => ({
    list: async () =>
      (await list()).map((chore) => (chore.holder === undefined ? chore : { ...chore, last: undefined })),
  }),
)

plantChores('a stranger finishes a chore', 'are finished by nobody but their holder', ({ finish, list }) => ({
  async finish(chore, holder, outcome) {
    const kept = (await list()).find(({ name }) => name === chore)
    return finish(chore, kept?.holder ?? holder, outcome)
  },
}))

plantChores(
  'finishing after somebody else is finishing',
  'finished after somebody took them keep nothing, whatever became of that',
  ({ take, finish }) => ({
    finish: async (chore, holder, outcome) =>
      (await finish(chore, holder, outcome)) ||
      ((await take(chore, holder, 1)) && finish(chore, holder, outcome)),
  }),
)

plantChores(
  'finishing late is refused though nobody followed',
  'finished after their time are finished, if nobody took them since',
  ({ finish, list }) => ({
    async finish(chore, holder, outcome) {
      const kept = (await list()).find(({ name }) => name === chore)
      const had = JSON.stringify(kept?.last) === JSON.stringify(outcome) || kept?.holder === holder
      return had && finish(chore, holder, outcome)
    },
  }),
)

plant(
  'who is a moment behind does not trust a lease of a day',
  'taken for a whole day are held by all clocks that are not a day behind',
  'chores',
  (store, env) => ({
    ...store,
    chores: {
      ...store.chores,
      async take(chore, holder, forMs) {
        const kept = (await store.chores.list()).find(({ name }) => name === chore)
        const late = kept?.heldUntil && kept.heldUntil.getTime() > env.now().getTime() + 86_400_000
        if (late) await store.chores.take(chore, kept.holder!, 1)
        return late ? true : store.chores.take(chore, holder, forMs)
      },
    },
  }),
)

plantChores(
  'finishing again is refused',
  'finished again with the same outcome are finished, until somebody takes them',
  ({ finish }) => {
    const finished = new Set<string>()
    return {
      async finish(chore, holder, outcome) {
        const key = JSON.stringify([chore, holder, outcome])
        if (finished.has(key)) return false
        finished.add(key)
        return finish(chore, holder, outcome)
      },
    }
  },
)

plantChores(
  'all chores are one',
  'are each their own, and listed by name in the order of code points',
  ({ take }) => ({
    take: (_, holder, forMs) => take('chore', holder, forMs),
  }),
)

plantChores(
  'chores are listed in the order in which they were taken',
  'are each their own, and listed by name in the order of code points',
  ({ list }) => ({
    list: async () => [...(await list())].reverse(),
  }),
)

plantChores('a chore is an event', 'are no part of the log, nor of a run', ({ take }, { runs }) => ({
  async take(chore, holder, forMs) {
    const [run] = (await runs.list({ limit: 1 })).items
    if (run) await runs.pin(run.id)
    return take(chore, holder, forMs)
  },
}))

plantSubject(
  'who holds a chore is known by the machine’s clock',
  'are nobody’s before they are taken, and then the holder’s for as long as asked',
  'chores',
  {
    async open({ env = systemEnv } = {}) {
      const store = memoryStore({ env })
      return { ...store, chores: memoryStore().chores }
    },
  },
)

plantSubject(
  'chores are each process’s own',
  'outlive the store that took them',
  'chores',
  fileSubject('chores are each process’s own'),
)
