// What cannot be stored is INVALID before anything is written; errors are values; what callers hold is theirs.
import { StoreError } from '@consensus-store/core'
import { changed, hasCode, plant } from './plant.ts'

plant(
  'a limit that is too great is taken for the greatest',
  'to events.readAll is refused by name and changes nothing: limit',
  'badInput',
  (store) =>
    changed(store, ({ events }) => ({
      events: {
        readAll: (query) => events.readAll({ ...query, limit: Math.min(query?.limit ?? 50, 1_000) }),
      },
    })),
)

plant(
  'a fractional limit is rounded',
  'to runs.list is refused by name and changes nothing: limit',
  'badInput',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        list: (query) =>
          runs.list(typeof query?.limit === 'number' ? { ...query, limit: Math.ceil(query.limit) } : query),
      },
    })),
)

plant(
  'undefined in JSON is left out',
  'to artifacts.add is refused by name and changes nothing: content',
  'badInput',
  (store) =>
    changed(store, ({ artifacts }) => ({
      artifacts: {
        add: (input) =>
          artifacts.add(input).catch((error) => {
            if (!String(error?.message).includes('is undefined')) throw error
            return artifacts.add({ ...input, content: JSON.parse(JSON.stringify(input.content) ?? 'null') })
          }),
      },
    })),
)

plant(
  'what is wrong with the metadata is seen after the run was changed',
  'to artifacts.add is refused by name and changes nothing: metadata',
  'badInput',
  (store) =>
    changed(store, ({ artifacts, runs }) => ({
      artifacts: {
        add: (input) =>
          artifacts.add(input).catch(async (error) => {
            if (String(error?.message).startsWith('metadata')) await runs.pin('run-3')
            throw error
          }),
      },
    })),
)

plant(
  'a wrong id is an error at once, not a rejection',
  'to runs.get is refused by name and changes nothing: id',
  'badInput',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        get(id) {
          if (typeof id !== 'string') throw new StoreError('INVALID', 'id must be a string')
          return runs.get(id)
        },
      },
    })),
)

plant(
  'a refusal does not name the argument',
  'to executions.stale is refused by name and changes nothing: query',
  'badInput',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: {
        stale: (query) =>
          executions.stale(query).catch((error) => {
            throw hasCode(error, 'INVALID') ? new StoreError('INVALID', 'Bad request') : error
          }),
      },
    })),
)

plant(
  'a wrong date is the database’s error',
  'to executions.stale is refused by name and changes nothing: olderThan',
  'badInput',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: {
        stale: async (query) => {
          if (query && Number.isNaN(query.olderThan?.getTime?.())) throw new RangeError('Invalid time value')
          return executions.stale(query)
        },
      },
    })),
)

plant(
  'an unknown status finds nothing',
  'to runs.list is refused by name and changes nothing: status',
  'badInput',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        list: async (query) =>
          (query?.status as string) === 'unheard-of' ? { items: [], next: undefined } : runs.list(query),
      },
    })),
)

plant('a method nobody tests was added', 'is tried on every method the store has', 'badInput', (store) => ({
  ...store,
  runs: { ...store.runs, forget: async () => undefined } as typeof store.runs,
}))

plant('the error of a driver escapes', 'cannot change when nobody started them', 'runs', (store) =>
  changed(store, ({ runs }) => ({
    runs: {
      pin: (id) =>
        runs.pin(id).catch((error) => {
          throw Object.assign(new Error(error.message), { code: error.code })
        }),
    },
  })),
)

plant(
  'what is not there is changed without a word',
  'cannot change when nobody spawned them',
  'executions',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: {
        cancel: (agentId) =>
          executions.cancel(agentId).catch((error) => {
            if (hasCode(error, 'NOT_FOUND')) return undefined as never
            throw error
          }),
      },
    })),
)

plant(
  'what was found is found again as the same object',
  'given by routes.findMany are the caller’s to change',
  'copies',
  (store) => {
    const found = new Map<string, ReturnType<typeof store.routes.findMany>>()
    return changed(store, ({ routes }) => ({
      routes: {
        findMany(ids) {
          const key = JSON.stringify(ids)
          if (!found.has(key)) found.set(key, routes.findMany(ids))
          return found.get(key)!
        },
      },
    }))
  },
)

plant(
  'what was given is looked at later',
  'given to artifacts.add are the caller’s to change, as soon as it was called',
  'copies',
  (store) =>
    changed(store, ({ artifacts }) => ({
      artifacts: {
        async add(input) {
          await Promise.resolve()
          return artifacts.add(input)
        },
      },
    })),
)

const asOfTheStore = async <T>(call: Promise<T>): Promise<T> => {
  try {
    return await call
  } catch (error) {
    throw error instanceof StoreError ? error : new StoreError('CORRUPT', String(error), { cause: error })
  }
}

plant(
  'what a callback throws is taken for a failure of the store',
  'is what the caller gets who gave verify to progress',
  'callbacks',
  (store) => ({
    ...store,
    verify: (...args) => asOfTheStore(store.verify(...args)),
  }),
)

plant(
  'what a callback throws is swallowed',
  'is what the caller gets who gave retention.apply to progress',
  'callbacks',
  (store) => ({
    ...store,
    retention: {
      ...store.retention,
      apply: (policy, options) =>
        store.retention.apply(policy, {
          ...options,
          progress: (done) => {
            try {
              options?.progress?.(done)
            } catch {
              // Nobody is told.
            }
          },
        }),
    },
  }),
)
