// A transaction is all or nothing, and serializable; a thrown error is what the caller gets; nothing ever hangs.
import { AsyncLocalStorage } from 'node:async_hooks'
import { type ConsensusStore, type Nouns, StoreError } from '@consensus-store/core'
import { changed, plant } from './plant.ts'

const never = new Promise<never>(() => undefined)

plant('nothing is undone', 'undo everything when their work throws', 'transactions', (store) => ({
  ...store,
  transaction: (work) => work(store),
}))

plant('what is thrown is wrapped', 'undo everything when their work throws', 'transactions', (store) => ({
  ...store,
  transaction: (work) =>
    store.transaction(work).catch((error) => {
      throw error instanceof StoreError ? error : new StoreError('CONFLICT', 'Rolled back', { cause: error })
    }),
}))

plant(
  'what is thrown is made an error',
  'reject with the very thing their work threw: a string',
  'transactions',
  (store) => ({
    ...store,
    transaction: (work) =>
      store.transaction(work).catch((error) => {
        throw error instanceof Error ? error : new Error(String(error))
      }),
  }),
)

plant(
  'undefined that is thrown is swallowed',
  'reject with the very thing their work threw: undefined',
  'transactions',
  (store) => ({
    ...store,
    transaction: (work) =>
      store.transaction(work).catch((error) => {
        if (error !== undefined) throw error
        return undefined as never
      }),
  }),
)

/** The store with every call made inside its own transactions answered by `answer` instead. */
function inside(
  store: ConsensusStore,
  answer: (call: () => Promise<unknown>) => Promise<unknown>,
): ConsensusStore {
  const scope = new AsyncLocalStorage<boolean>()
  const list = store.runs.list
  return {
    ...store,
    runs: {
      ...store.runs,
      list: (query) => (scope.getStore() ? answer(() => list(query)) : list(query)) as never,
    },
    transaction: (work) => store.transaction((tx) => scope.run(true, work, tx)),
  }
}

plant(
  'the store used inside a transaction hangs',
  'refuse the store itself inside them, at once, whatever is called',
  'transactions',
  (store) => inside(store, () => never),
)

plant(
  'the store can be used inside a transaction',
  'refuse the store itself inside them, at once, whatever is called',
  'transactions',
  (store) => inside(store, async () => ({ items: [], next: undefined })),
)

plant(
  'a transaction can be used after its end',
  'are over when they are over: tx is refused afterwards',
  'transactions',
  (store) => ({
    ...store,
    transaction: async (work) => {
      let ended = false
      try {
        return await store.transaction((tx) =>
          work({ ...tx, runs: { ...tx.runs, pin: (id) => (ended ? store : tx).runs.pin(id) } }),
        )
      } finally {
        ended = true
      }
    },
  }),
)

plant(
  'a refusal that was caught spoils the transaction',
  'go on after a refusal that was caught',
  'transactions',
  (store) => ({
    ...store,
    transaction: (work) =>
      store.transaction(async (tx) => {
        let refused: unknown
        const spawn: Nouns['executions']['spawn'] = (input) =>
          tx.executions.spawn(input).catch((error) => {
            refused = error
            throw error
          })
        const result = await work({ ...tx, executions: { ...tx.executions, spawn } })
        if (refused) throw refused
        return result
      }),
  }),
)

plant(
  'a transaction does not see its own writes',
  'see their own writes, in every way of reading',
  'transactions',
  (store) => {
    const outside = AsyncLocalStorage.snapshot()
    return {
      ...store,
      transaction: (work) =>
        store.transaction((tx) =>
          work({ ...tx, routes: { ...tx.routes, find: (id) => outside(() => store.routes.find(id)) } }),
        ),
    }
  },
)

plant(
  'transactions that read the same write one after the other',
  'lose no update when they read, then write',
  'transactions',
  (store) => {
    let list: ReturnType<Nouns['artifacts']['list']> | undefined
    return {
      ...store,
      transaction: (work) =>
        store.transaction((tx) => {
          const stale: Nouns['artifacts']['list'] = (query) => {
            list ??= tx.artifacts.list(query).finally(() => setTimeout(() => (list = undefined)))
            return list
          }
          return work({ ...tx, artifacts: { ...tx.artifacts, list: stale } })
        }),
    }
  },
)

plant(
  'a transaction gives a copy of what its work gave',
  'give back the very value their work gave',
  'transactions',
  (store) => ({
    ...store,
    transaction: async (work) => {
      const given = await store.transaction(work)
      return typeof given === 'object' ? { ...given } : given
    },
  }),
)

plant(
  'reads outside see what is not committed',
  'neither wait for it nor see what it wrote: routes.find',
  'visibility',
  (store) => {
    let open: Nouns | undefined
    return changed(store, () => ({}), {
      routes: { ...store.routes, find: (agentId) => (open ?? store).routes.find(agentId) },
      transaction: (work) =>
        store
          .transaction((tx) => {
            open = tx
            return work(tx)
          })
          .finally(() => {
            open = undefined
          }),
    })
  },
)

plant(
  'reads outside wait for a transaction',
  'neither wait for it nor see what it wrote: events.readAll',
  'visibility',
  (store) => {
    let last: Promise<unknown> = Promise.resolve()
    return {
      ...store,
      events: { ...store.events, readAll: (query) => last.then(() => store.events.readAll(query)) },
      transaction(work) {
        const transaction = store.transaction(work)
        last = transaction.catch(() => undefined)
        return transaction
      },
    }
  },
)

plant(
  'a write beside a transaction goes when it is undone',
  'wait for it, or are done beside it, but are not lost',
  'visibility',
  (store) => {
    let open = 0
    return {
      ...store,
      runs: {
        ...store.runs,
        start: async (input) =>
          open > 0 ? { ...(await store.runs.get('run-1'))!, id: input.id! } : store.runs.start(input),
      },
      transaction: (work) => {
        open++
        return store.transaction(work).finally(() => open--)
      },
    }
  },
)

plant(
  'readers see one piece of a transaction after the other',
  'see all of it or nothing while it ends',
  'visibility',
  (store) => ({
    ...store,
    transaction: (work) =>
      work({
        ...store,
        executions: {
          ...store.executions,
          async spawn(input) {
            await new Promise((resolve) => setImmediate(resolve))
            return store.executions.spawn(input)
          },
        },
      }),
  }),
)

plant(
  'routes of many are found one after the other',
  'see all of it or nothing while it ends',
  'visibility',
  (store) =>
    changed(store, ({ routes }) => ({
      routes: {
        async findMany(ids) {
          const found = new Map()
          for (const id of ids) {
            const route = await routes.find(id)
            if (route) found.set(id, route)
            await new Promise((resolve) => setImmediate(resolve))
          }
          return found
        },
      },
    })),
)
