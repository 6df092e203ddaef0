// Upkeep does what it is asked to and nothing else, says what came of it, and outlives what it was given.
import {
  type ChoreOutcome,
  type ConsensusStore,
  startUpkeep,
  type UpkeepOptions,
  type UpkeptStore,
  upkeepRound,
} from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { storeTest } from '../../src/store-test.ts'
import { type UpkeepFunctions, upkeep } from '../../src/suites/upkeep.ts'
import { mustNotice } from './plant.ts'

const plantUpkeep = (fault: string, by: string, functions: Partial<UpkeepFunctions>) =>
  mustNotice(fault, by, () =>
    upkeep(storeTest({ open: async (options) => memoryStore(options) }), {
      round: upkeepRound,
      start: startUpkeep,
      ...functions,
    }),
  )

const roundOver = (spoil: (store: UpkeptStore) => Partial<ConsensusStore>): Partial<UpkeepFunctions> => ({
  round: (store, options) => upkeepRound({ ...store, ...spoil(store) }, options),
})

plantUpkeep(
  'what could not be archived is a success',
  'is a failure of retention when a run could not be taken, and health finds it',
  roundOver(({ retention }) => ({
    retention: {
      ...retention,
      apply: async (...args) => ({ ...(await retention.apply(...args)), failed: [] }),
    },
  })),
)

plantUpkeep(
  'the policy that retention went by is not kept when it failed',
  'keeps the policy that retention went by also when it failed',
  roundOver(({ chores }) => ({
    chores: {
      ...chores,
      finish: (chore, holder, outcome) =>
        chores.finish(chore, holder, outcome.ok ? outcome : withoutPolicy(outcome)),
    },
  })),
)

const withoutPolicy = ({ summary: { policy: _, ...summary }, ...outcome }: ChoreOutcome): ChoreOutcome => ({
  ...outcome,
  summary,
})

plantUpkeep(
  'an outcome that is refused is dropped',
  'rejects when somebody followed, so that what came of it is not kept',
  {
    ...roundOver(({ chores }) => ({
      chores: {
        ...chores,
        finish: async (...args) => (await chores.finish(...args)) || true,
      },
    })),
  },
)

plantUpkeep(
  'whoever was late has lost it, though nobody followed',
  'is done, however late it is, when nobody followed',
  roundOver(({ chores }) => ({
    chores: {
      ...chores,
      list: async () =>
        (await chores.list()).map((chore) => ({ ...chore, holder: chore.holder ?? 'somebody else' })),
    },
  })),
)

plantUpkeep(
  'who cannot be reached is waited for, though somebody followed',
  'is interrupted when it cannot say that it is still at it, and somebody followed',
  roundOver(({ chores }) => ({
    chores: {
      ...chores,
      list: async () => (await chores.list()).map((chore) => ({ ...chore, holder: undefined })),
    },
  })),
)

plantUpkeep('nobody waits for a turn', 'waits for its turn as long as it is told to', {
  round: (store, { waitMs: _, ...options }) => upkeepRound(store, options),
})

/** Passes over what it does not know. */
const known = ({ backup, retention, reclaim, signal, leaseMs, env }: UpkeepOptions) => ({
  backup,
  retention,
  reclaim,
  signal,
  leaseMs,
  env,
})

plantUpkeep(
  'a policy that is not in its place is passed over',
  'is refused by name when it is asked for wrongly',
  {
    round: (store, { waitMs, ...options }) => upkeepRound(store, { ...known(options), waitMs }),
  },
)

plantUpkeep('upkeep that begins passes a policy over', 'is refused by name when it is asked for wrongly', {
  start: (store, { policy: _, ...options }: UpkeepOptions & { readonly policy?: unknown }) =>
    startUpkeep(store, options),
})

plantUpkeep(
  'nothing is left to chance',
  'looks the sooner the more of the pause is drawn: 1 is before three quarters of it',
  { start: (store, options) => startUpkeep(store, { ...options, random: () => 0 }) },
)

plantUpkeep(
  'what is drawn is believed whatever it is',
  'looks the sooner the more of the pause is drawn: 7 is behind three quarters of it',
  {
    start: (store, { random = Math.random, lookEveryMs = 60_000, ...options }) =>
      startUpkeep(store, {
        ...options,
        random: () => 0,
        lookEveryMs: Math.max(1, lookEveryMs * (1 - random() / 2)),
      }),
  },
)

plantUpkeep(
  'a function that throws ends upkeep',
  'goes on whatever the functions throw that it was given, now or later',
  {
    start(store, options) {
      const upkept = startUpkeep(store, {
        ...options,
        onRound(round) {
          try {
            options.onRound?.(round)
          } catch {
            void upkept.stop()
          }
        },
      })
      return upkept
    },
  },
)
