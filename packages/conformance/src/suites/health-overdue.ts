import type { ConsensusStore, Count, Finding, HealthOptions, RetentionPolicy } from '@consensus-store/core'
import { expect } from 'vitest'
import type { Clock } from '../clock.ts'
import { anOldRun, DAY_MS, daysAgo, type OldRun, oldRuns, TODAY } from '../old-runs.ts'
import type { It } from '../store-test.ts'

export function healthOverdue(it: It): void {
  for (const [which, policy] of Object.entries(policies)) {
    it(`finds as many runs overdue as retention would take: by ${which}`, async ({ store, clock }) => {
      await oldRuns(store, clock, eachKind)
      clock.set(new Date(TODAY.getTime() - 5 * DAY_MS))
      for (const id of ['archived 1', 'archived 2', 'archived 3']) await store.archives.add(id)
      clock.set(TODAY)
      const { decisions } = await store.retention.plan(policy)
      const { overdue, findings } = await store.health({ policy })

      expect(overdue).toEqual({
        count: decisions.filter(({ action }) => action !== 'keep').length,
        precision: 'exact',
      })
      expect(subjects(findings).includes('overdue_runs')).toBe(overdue!.count > 0)
      await store.retention.apply(policy)
      expect((await store.health({ policy })).overdue).toEqual({ count: 0, precision: 'exact' })
    })
  }

  for (const [what, { kept, policy, due }] of Object.entries(hidings)) {
    it(`finds what is overdue behind ${what}`, { timeout: 60_000 }, async ({ store, clock }) => {
      for (const [ended, id] of [
        [200, 'kept'],
        [100, 'due'],
      ] as const) {
        const facts = id === 'kept' ? kept : due
        await manyAbandoned(store, clock, { ...facts, id, ended })
      }
      if (kept.archived) for (let i = 0; i < kept.count; i++) await store.archives.add(`kept ${i}`)
      const { delete: taken, archive } = await store.retention.plan(policy)
      const { overdue, findings } = await store.health({ policy })

      expect(Math.max(taken.runs, archive.runs)).toBe(due.count)
      mustSay(overdue, due.count)
      expect(subjects(findings)).toContain('overdue_runs')
    })
  }

  it('says of many overdue runs how many there are, or how many at least', {
    timeout: 60_000,
  }, async ({ store, clock }) => {
    await manyAbandoned(store, clock, { id: 'due', count: 300, ended: 40 })

    mustSay((await store.health()).overdue, 300)
  })

  it('judges by the policy it is given, else by the one that retention went by last', async ({
    store,
    clock,
  }) => {
    await anOldRun(store, clock, { ...S, id: 'old', ended: 95 })
    const outcome = { startedAt: TODAY, endedAt: TODAY, ok: true }
    const wentBy = async (policy: string) => {
      await store.chores.take('retention', 'one', 1_000)
      await store.chores.finish('retention', 'one', { ...outcome, summary: { policy } })
    }
    const said = async (options?: HealthOptions) => {
      const { overdue, findings } = await store.health(options)
      const { message = '', remedy = '' } = findings.find(({ subject }) => subject === 'overdue_runs') ?? {}
      return { overdue: overdue!.count, message, remedy }
    }
    expect(await said()).toMatchObject({ overdue: 1, message: expect.stringMatching(/\b30\b.*\b90\b/) })
    await wentBy(JSON.stringify({ archiveAfterDays: 94, deleteAfterDays: 365, keepLatest: 0 }))
    const byLast = await said()
    expect(byLast).toMatchObject({ overdue: 1, message: expect.stringMatching(/\b94\b.*\b365\b/) })
    // What is to be done about it deletes nothing that this policy keeps.
    expect(byLast.remedy).toContain('--archive-after 94 --delete-after 365')
    expect(byLast.remedy).not.toContain('upkeep')
    await wentBy(JSON.stringify({ archiveAfterDays: 'never', deleteAfterDays: 'never' }))

    expect(await said()).toMatchObject({ overdue: 0, message: '' })
    expect(await said({ policy: { deleteAfterDays: 93 } })).toMatchObject({
      overdue: 1,
      message: expect.stringMatching(/\b30\b.*\b93\b/),
    })
    for (const bad of ['', 'null', '{"deleteAfter":1}', '{"deleteAfterDays":-1}']) {
      await wentBy(bad)
      const { remedy, ...rest } = await said()
      expect(rest, bad).toMatchObject({ overdue: 1, message: expect.stringMatching(/\b30\b.*\b90\b/) })
      expect(remedy, bad).toContain('--policy')
    }
  })
}

/** Runs that somebody gave up on, which own nothing but their log. */
async function manyAbandoned(
  store: ConsensusStore,
  clock: Clock,
  { id, count, ended, stage = 'plan', specs = 1 }: Many & { id: string; ended: number },
): Promise<void> {
  clock.set(daysAgo(ended))
  const ids = Array.from({ length: count }, (_, i) => `${id} ${i}`)
  await Promise.all(ids.map((id, i) => store.runs.start({ id, specId: `S ${i % specs}`, stage })))
  await Promise.all(ids.map((id) => store.runs.abandon(id)))
  clock.set(TODAY)
}

interface Many {
  readonly count: number
  readonly stage?: string
  /** How many specs they are of. */
  readonly specs?: number
  readonly archived?: boolean
}

/** What may come before anything that is overdue, and stays on purpose. */
const hidings: Readonly<
  Record<string, { readonly kept: Many; readonly due: Many; readonly policy: RetentionPolicy }>
> = {
  'any number of runs that an override keeps': {
    kept: { count: 260, stage: 'audit' },
    due: { count: 2 },
    policy: { overrides: [{ stage: 'audit', archiveAfterDays: 'never', deleteAfterDays: 'never' }] },
  },
  'any number of runs that are the latest of their specs': {
    kept: { count: 260, specs: 260 },
    due: { count: 2, stage: 'audit' },
    policy: { keepLatest: 1, overrides: [{ stage: 'audit', keepLatest: 0 }] },
  },
  'any number of archives that are never deleted': {
    kept: { count: 260, archived: true },
    due: { count: 2, stage: 'audit' },
    policy: { deleteAfterDays: 'never', overrides: [{ stage: 'audit', deleteAfterDays: 90 }] },
  },
}

/** Exactly as many, or at least some of them. */
function mustSay(said: Count | undefined, count: number): void {
  if (said?.precision === 'exact') expect(said.count).toBe(count)
  else {
    expect(said).toEqual({ count: expect.any(Number), precision: 'at least' })
    expect(said!.count).toBeGreaterThan(0)
    expect(said!.count).toBeLessThanOrEqual(count)
  }
}

const subjects = (findings: readonly Finding[]) => findings.map(({ subject }) => subject)

const MS = 1 / DAY_MS
const S = { specId: 'S', stage: 'plan' }

/** One of each kind that retention tells apart. */
const eachKind: readonly OldRun[] = [
  { ...S, id: 'a day short', ended: 30 - MS },
  { ...S, id: 'a month', ended: 30 },
  { ...S, id: 'abandoned', ended: 35, as: 'abandoned' },
  { ...S, id: 'began long before it ended', ended: 1, took: 100 },
  { ...S, id: 'ended before it began', ended: 400, took: -380 },
  { ...S, id: 'running', ended: 50, as: 'running' },
  { ...S, id: 'pinned', ended: 120, pinned: true },
  { ...S, id: 'in flight', ended: 120, inFlight: true },
  { ...S, id: 'a season', ended: 95 },
  { ...S, id: 'another spec', specId: 'T', ended: 60 },
  { ...S, id: 'another stage', stage: 'audit', ended: 3 },
  { ...S, id: 'labelled', labels: { keep: 'long' }, ended: 100 },
  { ...S, id: 'archived 1', ended: 40 },
  { ...S, id: 'archived 2', ended: 91 },
  { ...S, id: 'archived 3', ended: 92, as: 'abandoned' },
]

const policies: Readonly<Record<string, RetentionPolicy | undefined>> = {
  'the default policy': undefined,
  'one under which nothing is archived': { archiveAfterDays: 'never' },
  'one under which nothing is deleted': { deleteAfterDays: 'never' },
  'one under which everything stays': { archiveAfterDays: 'never', deleteAfterDays: 'never' },
  'one that keeps the latest': { keepLatest: 4 },
  'one with overrides': {
    archiveAfterDays: 'never',
    deleteAfterDays: 'never',
    overrides: [
      { stage: 'audit', archiveAfterDays: 2 },
      { labels: { keep: 'long' }, archiveAfterDays: 99, deleteAfterDays: 200 },
      { stage: 'plan', deleteAfterDays: 91, archiveAfterDays: 45, keepLatest: 6 },
    ],
  },
}
