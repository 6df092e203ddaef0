// Time and ids come from the environment; closing ends a store, but nothing that is under way; health never rejects.
import { type ConsensusStore, systemEnv } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { changed, plant, plantSubject } from './plant.ts'

const closedBy = (store: ConsensusStore, close: () => Promise<void>): ConsensusStore => ({
  ...store,
  close,
  [Symbol.asyncDispose]: close,
})

plantSubject(
  'the time is the machine’s',
  'are the only source of instants, whatever the time really is',
  'clocks',
  {
    open: async ({ env = systemEnv } = {}) => memoryStore({ env: { ...env, now: () => new Date() } }),
  },
)

plantSubject(
  'times are kept to the second',
  'are the only source of instants, whatever the time really is',
  'clocks',
  {
    open: async ({ env = systemEnv } = {}) =>
      memoryStore({ env: { ...env, now: () => new Date(Math.floor(env.now().getTime() / 1_000) * 1_000) } }),
  },
)

plantSubject('ids are the store’s own', 'are the only source of ids', 'clocks', {
  open: async ({ env = systemEnv } = {}) => memoryStore({ env: { ...env, newId: systemEnv.newId } }),
})

plant(
  'times before 1970 are not told apart',
  'keep every millisecond: 1969-12-31T23:59:59.999Z',
  'clocks',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        get: async (id) => {
          const run = await runs.get(id)
          return run && { ...run, startedAt: new Date(Math.max(0, run.startedAt.getTime())) }
        },
      },
    })),
)

plant(
  'a row has another time than its event',
  'are the only source of instants, whatever the time really is',
  'clocks',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        bundle: async (id) => {
          const bundle = await runs.bundle(id)
          return (
            bundle && {
              ...bundle,
              run: { ...bundle.run, startedAt: new Date(bundle.run.startedAt.getTime() + 1) },
            }
          )
        },
      },
    })),
)

const shared = new Map<string, ConsensusStore>()
plantSubject('all stores are one', 'gives a store that shares nothing with any other', 'opening', {
  async open({ env = systemEnv } = {}) {
    const store = shared.get('store') ?? memoryStore({ env })
    shared.set('store', store)
    return closedBy(store, async () => undefined)
  },
})

plant('a closed store still answers', 'ends runs.start', 'closing', (store) =>
  closedBy(store, async () => undefined),
)

plant(
  'closing twice is refused',
  'may be asked for twice, one after the other or at once',
  'closing',
  (store) => {
    let closed = false
    return closedBy(store, async () => {
      if (closed) throw new Error('already closed')
      closed = true
      await store.close()
    })
  },
)

plant('closing does not wait for what is under way', 'waits for what is under way', 'closing', (store) =>
  closedBy(store, async () => {
    void store.close()
  }),
)

plant(
  'a closing store still takes calls',
  'ends everything from the moment it is asked for',
  'closing',
  (store) =>
    closedBy(store, async () => {
      await new Promise((resolve) => setImmediate(resolve))
      await store.close()
    }),
)

plant('verifying works on a closed store', 'ends verify', 'closing', (store) => ({
  ...store,
  verify: async () => ({ runs: 0, events: 0, differences: [] }),
}))

plant(
  'verifying looks at a page of runs only',
  'counts what it looked at, and finds nothing',
  'verifying',
  (store) => ({
    ...store,
    verify: async (runId) => {
      const found = await store.verify(runId)
      return { ...found, runs: Math.min(found.runs, 3) }
    },
  }),
)

plant('verifying a run nobody started finds nothing', 'looks at one run when told', 'verifying', (store) => ({
  ...store,
  verify: (runId) => store.verify(runId).catch(() => ({ runs: 0, events: 0, differences: [] })),
}))

plant(
  'verifying finds what is not there',
  'counts what it looked at, and finds nothing',
  'verifying',
  (store) => ({
    ...store,
    verify: async (...args) => {
      const found = await store.verify(...args)
      const differs = { runId: 'r', subject: 'run', what: 'differs', message: 'differs' } as const
      const differences = found.events > 30 ? [differs] : []
      return { ...found, differences }
    },
  }),
)
