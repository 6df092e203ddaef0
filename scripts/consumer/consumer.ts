// Compiled against the packed declarations, with nothing of Node's to lean on: what they promise must be in them.
import {
  type ConsensusStore,
  intercept,
  type Run,
  replay,
  StoreError,
  type StoreErrorCode,
} from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { sqliteStore } from '@consensus-store/sqlite'

const stores: readonly ConsensusStore[] = [memoryStore(), await sqliteStore({ path: ':memory:' })]

export async function conclude(store: ConsensusStore): Promise<Run> {
  const run = await store.runs.start({ specId: 's', stage: 'plan' })
  await store.executions.spawn({
    agentId: 'a',
    runId: run.id,
    agentName: 'gemini',
    phaseType: 'quality-gate',
  })
  const history = await replay(store, run.id, { to: 1 })
  const first: Run = history.run
  // @ts-expect-error a verdict is one of three words
  await store.runs.conclude(first.id, { verdict: 'maybe' })
  // @ts-expect-error what may be missing must be looked at before it is used
  const route: string = (await store.routes.find('a')).runId
  return store.transaction((tx) => tx.runs.conclude(first.id, { verdict: 'degraded', conflicts: [route] }))
}

export const codeOf = (error: unknown): StoreErrorCode | undefined =>
  error instanceof StoreError ? error.code : undefined

export const traced = stores.map((store) => intercept(store, (_operation, call) => call()))
