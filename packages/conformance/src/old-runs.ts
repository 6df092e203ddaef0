import type {
  Bundle,
  ConsensusStore,
  NewRun,
  RetentionOutcome,
  RetentionPlan,
  Run,
} from '@consensus-store/core'
import { expect } from 'vitest'
import type { Clock } from './clock.ts'
import { allPages } from './contents.ts'
import { anAgent, anArtifact, aRun, aSynthesis } from './fixtures.ts'

export const DAY_MS = 86_400_000
/** The day on which runs are looked at. */
export const TODAY = new Date('2027-03-01T12:00:00.000Z')

export interface OldRun extends Partial<Pick<NewRun, 'specId' | 'stage' | 'labels'>> {
  readonly id: string
  /** Days before `TODAY` on which it ended. */
  readonly ended: number
  /** Days before that on which it began. One unless told. */
  readonly took?: number
  /** `concluded` unless told. */
  readonly as?: Run['status']
  readonly pinned?: boolean
  /** Leaves an agent out. */
  readonly inFlight?: boolean
  /** Of its agent. Ten bytes unless told. */
  readonly response?: string
}

/** A run of long ago with an agent who answered; it is `TODAY` when this resolves. */
export async function anOldRun(
  store: ConsensusStore,
  clock: Clock,
  { id, ended, took = 1, as = 'concluded', pinned, inFlight, response = '0123456789', ...facts }: OldRun,
): Promise<void> {
  clock.set(daysAgo(ended + took))
  await aRun(store, { id, ...facts })
  if (pinned) await store.runs.pin(id)
  await anAgent(store, { runId: id, agentId: `${id} a` })
  if (inFlight) await anAgent(store, { runId: id, agentId: `${id} b` })
  clock.set(daysAgo(ended))
  await store.executions.complete(`${id} a`, { response })
  if (as === 'concluded') await store.runs.conclude(id, { verdict: 'unanimous' })
  if (as === 'abandoned') await store.runs.abandon(id)
  clock.set(TODAY)
}

/** A run of long ago that has one of everything. */
export async function aFullOldRun(
  store: ConsensusStore,
  clock: Clock,
  id: string,
  ended: number,
): Promise<void> {
  clock.set(daysAgo(ended))
  await aRun(store, { id })
  await anAgent(store, { runId: id, agentId: `${id} a` })
  await store.executions.complete(`${id} a`, { response: 'é\u0000\ud800' })
  await anArtifact(store, { runId: id, id: `${id} art`, content: { plan: '😀' }, metadata: { by: 'ü' } })
  await aSynthesis(store, { runId: id, id: `${id} syn`, markdown: '# Plän' })
  await store.runs.conclude(id, { verdict: 'unanimous' })
  clock.set(TODAY)
}

export const daysAgo = (days: number): Date => new Date(TODAY.getTime() - days * DAY_MS)

/** What a plan says of each run, in short. */
export const saidOf = ({ decisions }: RetentionPlan): Readonly<Record<string, string>> =>
  Object.fromEntries(decisions.map(({ runId, action, why }) => [runId, `${action}: ${why}`]))

export type Seen = ReadonlyMap<string, { readonly run: Run; readonly bundle: Bundle }>

/** Every run as it is. */
export async function seenIn(store: ConsensusStore): Promise<Seen> {
  const runs = await allPages(store.runs.list)
  const seen = runs.map(async (run) => [run.id, { run, bundle: (await store.runs.bundle(run.id))! }] as const)
  return new Map(await Promise.all(seen))
}

/** Expects every run that was seen to be as a plan says, and nothing else to have happened. */
export async function expectDone(store: ConsensusStore, plan: RetentionPlan, before: Seen): Promise<void> {
  expect(plan.decisions.map(({ runId }) => runId).sort()).toEqual([...before.keys()].sort())
  for (const { runId, action, archived } of plan.decisions) {
    const { run, bundle } = before.get(runId)!
    const now = await store.runs.get(runId)
    const archive = await store.archives.get(runId)
    if (action === 'keep') {
      expect(now, runId).toStrictEqual(run)
      expect(await store.runs.bundle(runId), runId).toStrictEqual(bundle)
      expect(archive !== undefined, runId).toBe(archived)
    } else if (action === 'archive') {
      expect(now, runId).toStrictEqual({ ...run, archivedAt: plan.asOf })
      expect(archive?.bundle, runId).toStrictEqual(bundle)
      expect((await store.executions.list({ runId })).items, runId).toEqual([])
    } else {
      expect([now, archive, await store.runs.bundle(runId)], runId).toEqual([undefined, undefined, undefined])
      expect(await store.events.read(runId), runId).toEqual([])
    }
  }
  expect((await store.verify()).differences).toEqual([])
}

/** What applying a policy gives when it does what a plan says. */
export const asPlanned = ({ asOf, archive, delete: deleted }: RetentionPlan): RetentionOutcome => ({
  asOf,
  archived: archive,
  deleted,
  failed: [],
})

export async function oldRuns(store: ConsensusStore, clock: Clock, runs: readonly OldRun[]): Promise<void> {
  for (const run of runs) await anOldRun(store, clock, run)
}
