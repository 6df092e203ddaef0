// What keeps a store well is done by one at a time, when it is due; it stops when told, and its outcomes are kept.
import { type Chores, StoreError, startUpkeep, type UpkeptStore, upkeepRound } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { storeTest } from '../../src/store-test.ts'
import type { Subject } from '../../src/subject.ts'
import { type UpkeepFunctions, upkeep } from '../../src/suites/upkeep.ts'
import { fileSubject } from './file-subject.ts'
import { mustNotice } from './plant.ts'

const inMemory: Subject = { open: async (options) => memoryStore(options) }

const plantUpkeep = (fault: string, by: string, functions: Partial<UpkeepFunctions>, subject = inMemory) =>
  mustNotice(fault, by, () =>
    upkeep(storeTest(subject), { round: upkeepRound, start: startUpkeep, ...functions }),
  )

/** Both, over a store whose chores are not what they should be. */
const withChores = (spoil: (chores: Chores) => Partial<Chores>): UpkeepFunctions => {
  const spoiled = (store: UpkeptStore): UpkeptStore => ({
    ...store,
    chores: { ...store.chores, ...spoil(store.chores) },
  })
  return {
    round: (store, options) => upkeepRound(spoiled(store), options),
    start: (store, options) => startUpkeep(spoiled(store), options),
  }
}

plantUpkeep(
  'two do upkeep at once',
  'does nothing while somebody else is at it, and says who',
  withChores(({ take }) => ({ take: async (...args) => (await take(...args)) || true })),
)

plantUpkeep(
  'nobody notices that somebody followed',
  'is interrupted when it was thought gone and somebody followed',
  withChores(({ take, list }) => {
    const taken = new Set<string>()
    return {
      async take(chore, holder, forMs) {
        if (taken.has(`${chore} ${holder}`)) return true
        if (!(await take(chore, holder, forMs))) return false
        taken.add(`${chore} ${holder}`)
        return true
      },
      list: async () => (await list()).map((chore) => ({ ...chore, holder: undefined })),
    }
  }),
)

plantUpkeep(
  'nobody says that he is still at it',
  'is interrupted when it was thought gone and somebody followed',
  {
    round: (store, options) => upkeepRound(store, { ...options, leaseMs: 3_600_000 }),
  },
)

plantUpkeep(
  'what came of it is not kept',
  'does all there is to do, and keeps what came of it where health finds it',
  withChores(({ take }) => ({
    async finish(chore, holder) {
      await take(chore, holder, 1)
      return true
    },
  })),
)

plantUpkeep(
  'one failure ends the round',
  'keeps failures as outcomes, does the rest all the same, and health says what to do',
  {
    round(store, options) {
      let failure: Promise<never> | undefined
      const unlessFailed = async <T>(work: () => Promise<T>): Promise<T> => {
        if (failure) return failure
        try {
          return await work()
        } catch (error) {
          failure = Promise.reject(error)
          throw error
        }
      }
      return upkeepRound(
        {
          ...store,
          backup: (...args) => unlessFailed(() => store.backup(...args)),
          reclaim: (...args) => unlessFailed(() => store.reclaim(...args)),
          retention: {
            ...store.retention,
            apply: (...args) => unlessFailed(() => store.retention.apply(...args)),
          },
        },
        options,
      )
    },
  },
)

plantUpkeep(
  'an interruption is not heard of',
  'that is interrupted rejects with the reason, keeps no outcome and lets others in',
  {
    round: (store, { signal: _, ...options }) => upkeepRound(store, options),
  },
)

plantUpkeep(
  'what was interrupted counts as done',
  'that is interrupted rejects with the reason, keeps no outcome and lets others in',
  withChores(({ take, finish }) => ({
    async take(chore, holder, forMs) {
      if (forMs > 1) return take(chore, holder, forMs)
      const at = new Date(0)
      return finish(chore, holder, { startedAt: at, endedAt: at, ok: true, summary: {} })
    },
  })),
)

plantUpkeep('the backup is made after runs are gone', 'makes its backup before anything goes', {
  async round(store, { backup, ...options }) {
    const round = await upkeepRound(store, options)
    if (round.heldBy !== undefined) return round
    const after = await upkeepRound(store, { backup, env: options.env })
    return { ...round, done: [...after.done, ...round.done] }
  },
})

plantUpkeep('chores are done whenever somebody looks', 'does each chore when it is due, and not before', {
  start: withChores(({ list }) => ({
    list: async () => (await list()).map((chore) => ({ ...chore, last: undefined })),
  })).start,
})

plantUpkeep(
  'what failed is due no sooner than what did not',
  'tries again what failed before it would be due',
  {
    start: withChores(({ list }) => ({
      list: async () =>
        (await list()).map(({ last, ...chore }) => ({ ...chore, last: last && { ...last, ok: true } })),
    })).start,
  },
)

plantUpkeep(
  'each place knows only of what it did itself',
  'in many places is done in one of them at a time, once each time it is due',
  {
    start: withChores(({ list, finish }) => {
      const own = new Set<string>()
      return {
        async finish(chore, holder, outcome) {
          own.add(JSON.stringify([chore, outcome]))
          return finish(chore, holder, outcome)
        },
        list: async () =>
          (await list()).map(({ last, ...chore }) => ({
            ...chore,
            last: own.has(JSON.stringify([chore.name, last])) ? last : undefined,
          })),
      }
    }).start,
  },
  fileSubject('nothing is wrong'),
)

plantUpkeep(
  'stopping leaves one running',
  'stops when nothing is under way any more, and begins nothing more',
  {
    start(store, options) {
      const upkept = startUpkeep(store, options)
      const stop = async () => void upkept.stop()
      return { stop, [Symbol.asyncDispose]: stop }
    },
  },
)

plantUpkeep(
  'stopping waits for the end of it without a word',
  'stops when nothing is under way any more, and begins nothing more',
  {
    start(store, options) {
      const deaf = <O extends { readonly signal?: AbortSignal | undefined }>(given: O | undefined) =>
        ({ ...given, signal: undefined }) as O
      return startUpkeep(
        {
          ...store,
          reclaim: (given) => store.reclaim(deaf(given)),
          retention: {
            ...store.retention,
            apply: (policy, given) => store.retention.apply(policy, deaf(given)),
          },
        },
        options,
      )
    },
  },
)

plantUpkeep(
  'a store that was closed is an error, again and again',
  'ends by itself when the store is closed',
  {
    start: withChores(({ list }) => ({
      list: () =>
        list().catch((error) => {
          throw new StoreError('UNAVAILABLE', 'There is no answer', { cause: error })
        }),
    })).start,
  },
)

plantUpkeep(
  'upkeep ends when the store cannot be asked once',
  'goes on when the store could not be asked, and says so',
  {
    start(store, options) {
      const upkept = startUpkeep(store, {
        ...options,
        onError(error) {
          options.onError?.(error)
          void upkept.stop()
        },
      })
      return upkept
    },
  },
)
