import { randomUUID } from 'node:crypto'
import {
  arrivals,
  backupBundles,
  bell,
  type ConsensusStore,
  checkReclaim,
  checkUp,
  type Env,
  guard,
  intercept,
  type Nouns,
  optionalName,
  rebuildRuns,
  retentionOver,
  systemEnv,
  verifyRuns,
  type Workshop,
} from '@consensus-store/core'
import { archives, depot } from './archives.ts'
import { artifacts } from './artifacts.ts'
import { chores } from './chores.ts'
import type { MemoryContext } from './context.ts'
import { cursors } from './cursors.ts'
import { events, isBehind } from './events.ts'
import { executions } from './executions.ts'
import { holdings } from './holdings.ts'
import { inspection } from './inspection.ts'
import { routes } from './routes.ts'
import { runs } from './runs.ts'
import { forget, snapshots } from './snapshots.ts'
import { copyState, emptyState, refold, type State } from './state.ts'
import { syntheses } from './syntheses.ts'
import { vitals } from './vitals.ts'

/** What a store in memory is made with. */
export interface MemoryStoreOptions {
  readonly env?: Env | undefined
}

/** The reference backend: the contract written as plainly as it can be. Nothing outlives the process. */
export function memoryStore({ env = systemEnv }: MemoryStoreOptions = {}): ConsensusStore {
  const identity = randomUUID()
  let state = emptyState()
  let lastTransaction: Promise<unknown> = Promise.resolve()
  let open = 0
  const appended = bell()

  const context: MemoryContext = {
    env,
    read: () => state,
    position: () => state.log.length,
    async write(change) {
      while (open > 0) await lastTransaction
      const result = change(state)
      appended.ring()
      return result
    },
  }

  /** Transactions take turns; each works on a copy, which becomes the state when it is done. */
  async function transaction<T>(work: (tx: Nouns) => Promise<T>): Promise<T> {
    open += 1
    const turn = lastTransaction.then(async () => {
      try {
        const draft = copyState(state)
        const result = await work(nouns(onDraft(env, draft)))
        state = draft
        appended.ring()
        return result
      } finally {
        open -= 1
      }
    })
    lastTransaction = turn.catch(() => undefined)
    return turn
  }

  const looked = inspection(() => state)
  const shop: Workshop = {
    inspection: looked,
    async restore(runId, plan) {
      const restoration = await plan(looked)
      if (restoration) {
        await context.write((state) => {
          refold(state, runId)
          forget(state, runId, restoration.untold.snapshots)
        })
      }
      return restoration
    },
    async removeStray() {},
  }

  const store: ConsensusStore = {
    ...nouns(context),
    name: 'memory',
    supports: { durable: false, shared: false },
    transaction,
    arrival: arrivals(async (position) => isBehind(state, position), {
      bell: appended,
      lookEveryMs: Number.POSITIVE_INFINITY,
      attend: () => () => {},
    }),
    verify: async (runId, options) => verifyRuns(shop.inspection, optionalName(runId, 'runId'), options),
    reclaim: async (options) => {
      checkReclaim(options)
      return { before: 0, after: 0, converted: false, unconverted: 0 }
    },
    backup: async (file, options) => backupBundles(store, file, options),
    rebuild: async (runId, options) => rebuildRuns(shop, optionalName(runId, 'runId'), options),
    identity: async () => identity,
    archives: archives(context),
    retention: retentionOver(holdings(context, depot(context)), env),
    chores: chores(context),
    health: (options) => checkUp(store, vitals(context.read, identity), env, options),
    close: async () => {
      await lastTransaction
      state = emptyState()
      appended.ring()
    },
    [Symbol.asyncDispose]: () => store.close(),
  }

  return guard(isolated(store), () => 'CORRUPT')
}

const nouns = (context: MemoryContext): Nouns => ({
  runs: runs(context),
  executions: executions(context),
  routes: routes(context),
  artifacts: artifacts(context),
  syntheses: syntheses(context),
  events: events(context),
  cursors: cursors(context),
  snapshots: snapshots(context),
})

function onDraft(env: Env, draft: State): MemoryContext {
  const position = draft.log.length
  return { env, read: () => draft, position: () => position, write: async (change) => change(draft) }
}

/** What a caller is given is a copy, so that changing it changes nothing in the store. */
const isolated = (store: ConsensusStore): ConsensusStore =>
  intercept(store, async (operation, call) =>
    operation === 'transaction' ? call() : structuredClone(await call()),
  )
