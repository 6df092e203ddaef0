// A chore has one holder at a time, for as long as it was taken, and what came of it is kept.
import { type Chores, type ConsensusStore, systemEnv } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { fileSubject } from './file-subject.ts'
import { plant, plantSubject } from './plant.ts'

const plantChores = (fault: string, spoil: (chores: Chores, store: ConsensusStore) => Partial<Chores>) =>
  plant(fault, 'chores', (store) => ({
    ...store,
    chores: { ...store.chores, ...spoil(store.chores, store) },
  }))

plantChores('a chore has two holders', ({ take }) => ({
  take: async (...args) => (await take(...args)) || take(...args).then(() => true),
}))

plantChores('whoever has the same initial is the same holder', ({ take, finish }) => ({
  take: (chore, holder, forMs) => take(chore, holder[0]!, forMs),
  finish: (chore, holder, outcome) => finish(chore, holder[0]!, outcome),
}))

plantChores('a lease never ends', ({ take, list }) => {
  const taken = new Map<string, string>()
  return {
    async take(chore, holder, forMs) {
      const kept = (await list()).find(({ name }) => name === chore)
      if (taken.has(chore) && taken.get(chore) !== holder && kept?.last === undefined) return false
      taken.set(chore, holder)
      return take(chore, holder, forMs)
    },
  }
})

plantChores('a lease lasts a moment too long', ({ take }) => ({
  take: (chore, holder, forMs) => take(chore, holder, Math.min(forMs + 1, 86_400_000)),
}))

plantChores('a lease ends a moment too soon', ({ take }) => ({
  take: (chore, holder, forMs) => take(chore, holder, Math.max(1, forMs - 1)),
}))

plantChores('a chore cannot be kept for longer', ({ take, list }) => ({
  async take(chore, holder, forMs) {
    const kept = (await list()).find(({ name }) => name === chore)
    return kept?.holder === holder || take(chore, holder, forMs)
  },
}))

plantChores('an outcome is lost', ({ list }) => ({
  list: async () => (await list()).map((chore) => ({ ...chore, last: undefined })),
}))

plantChores('an outcome is lost when the chore is taken again', ({ list }) => ({
  list: async () =>
    (await list()).map((chore) => (chore.holder === undefined ? chore : { ...chore, last: undefined })),
}))

plantChores('a stranger finishes a chore', ({ finish, list }) => ({
  async finish(chore, holder, outcome) {
    const kept = (await list()).find(({ name }) => name === chore)
    return finish(chore, kept?.holder ?? holder, outcome)
  },
}))

plantChores('finishing after somebody else is finishing', ({ take, finish }) => ({
  finish: async (chore, holder, outcome) =>
    (await finish(chore, holder, outcome)) ||
    ((await take(chore, holder, 1)) && finish(chore, holder, outcome)),
}))

plantChores('finishing late is refused though nobody followed', ({ finish, list }) => ({
  async finish(chore, holder, outcome) {
    const kept = (await list()).find(({ name }) => name === chore)
    const had = JSON.stringify(kept?.last) === JSON.stringify(outcome) || kept?.holder === holder
    return had && finish(chore, holder, outcome)
  },
}))

plant('who is a moment behind does not trust a lease of a day', 'chores', (store, env) => ({
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
}))

plantChores('finishing again is refused', ({ finish }) => {
  const finished = new Set<string>()
  return {
    async finish(chore, holder, outcome) {
      const key = JSON.stringify([chore, holder, outcome])
      if (finished.has(key)) return false
      finished.add(key)
      return finish(chore, holder, outcome)
    },
  }
})

plantChores('all chores are one', ({ take }) => ({
  take: (_, holder, forMs) => take('chore', holder, forMs),
}))

plantChores('chores are listed in the order in which they were taken', ({ list }) => ({
  list: async () => [...(await list())].reverse(),
}))

plantChores('a chore is an event', ({ take }, { runs }) => ({
  async take(chore, holder, forMs) {
    const [run] = (await runs.list({ limit: 1 })).items
    if (run) await runs.pin(run.id)
    return take(chore, holder, forMs)
  },
}))

plantSubject('who holds a chore is known by the machine’s clock', 'chores', {
  async open({ env = systemEnv } = {}) {
    const store = memoryStore({ env })
    return { ...store, chores: memoryStore().chores }
  },
})

plantSubject('chores are each process’s own', 'chores', fileSubject('chores are each process’s own'))
