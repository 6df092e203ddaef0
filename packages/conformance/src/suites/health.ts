import {
  COUNTED_NOUNS,
  type ConsensusStore,
  type Finding,
  type RetentionPolicy,
  type Rows,
} from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { changesNothing } from '../contents.ts'
import { anAgent, aRun } from '../fixtures.ts'
import { aLongRun } from '../long-run.ts'
import { anOldRun, DAY_MS, type OldRun, TODAY } from '../old-runs.ts'
import { promptly } from '../promptly.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

const HOUR_MS = 3_600_000

export function health(it: It): void {
  describe('health', () => {
    it('is good in a store that nothing happened to', async ({ store, clock }) => {
      await playStory(store, clock)

      expect(await store.health()).toEqual({
        ok: true,
        store: store.name,
        latencyMs: expect.any(Number),
        findings: [],
        settings: expect.any(Array),
        rows: expect.any(Object),
        space: expect.any(Object),
        oldestRunAt: (await store.runs.get('run-1'))!.startedAt,
        overdue: { count: 0, precision: 'exact' },
        stale: { count: 0, precision: 'exact' },
        chores: [],
        details: expect.any(Object),
      })
      expect((await store.health()).latencyMs).toBeGreaterThanOrEqual(0)
    })

    it('of an empty store tells of nothing', async ({ store }) => {
      const { ok, rows, oldestRunAt } = await store.health()

      expect({ ok, oldestRunAt }).toEqual({ ok: true, oldestRunAt: undefined })
      expect(Object.keys(rows!).sort()).toEqual([...COUNTED_NOUNS].sort())
      for (const noun of COUNTED_NOUNS) expect(rows![noun]).toEqual({ count: 0, precision: 'exact' })
    })

    it('has details that are plain values', async ({ store }) => {
      for (const detail of Object.values((await store.health()).details)) {
        expect(['string', 'number', 'boolean']).toContain(typeof detail)
      }
    })

    it('is asked without changing anything', async ({ store }) => {
      await playStory(store)
      await changesNothing(store, () => store.health())
    })

    it('answers while a transaction is open', async ({ store }) => {
      const { promise: inside, resolve: entered } = Promise.withResolvers<void>()
      const { promise: gate, resolve: open } = Promise.withResolvers<void>()
      const transaction = store.transaction(async (tx) => {
        await aRun(tx)
        entered()
        await gate
      })
      await inside

      expect(await promptly(store.health(), 'health').finally(open)).toMatchObject({ ok: true })
      await transaction
    })

    it('counts the rows of each noun, those of archived runs no more', async ({ store, clock }) => {
      await playStory(store, clock)
      const counts = { runs: 3, executions: 6, artifacts: 1, syntheses: 1, events: 23, archives: 0 }
      expect(countsOf((await store.health()).rows!)).toEqual({ ...counts, ...(await countedBy(store)) })
      await store.runs.abandon('run-3')
      await store.executions.cancel('c1')
      await store.archives.add('run-3')

      expect(countsOf((await store.health()).rows!)).toEqual(await countedBy(store))
      expect((await store.health()).rows).toMatchObject({
        runs: { count: 2, precision: 'exact' },
        archives: { count: 1, precision: 'exact' },
      })
    })

    it('says of a count that it is exact only when it is', { timeout: 120_000 }, async ({ store }) => {
      const agents = 1_700
      for (const id of ['one', 'two', 'three', 'four']) await store.runs.record(aLongRun(id, agents))
      const rows = (await store.health()).rows!
      const truth = {
        runs: 4,
        executions: 4 * agents,
        artifacts: 0,
        syntheses: 0,
        events: 4 * (3 * agents + 1),
      }

      for (const [noun, count] of Object.entries(truth)) {
        const told = rows[noun as keyof typeof truth]
        if (told.precision === 'exact') expect([noun, told.count]).toEqual([noun, count])
        if (told.precision === 'at least') expect(told.count).toBeLessThanOrEqual(count)
        if (told.precision === 'estimated') {
          expect(told.count).toBeGreaterThan(count * 0.9)
          expect(told.count).toBeLessThan(count * 1.1)
        }
      }
    })

    it('finds executions that have been out for too long, as `stale` does', async ({ store, clock }) => {
      await playStory(store, clock)
      clock.advance(2 * HOUR_MS)
      const { items } = await store.executions.stale({ olderThan: new Date(clock.now().getTime() - HOUR_MS) })
      const { stale, findings } = await store.health()

      expect(items).toHaveLength(1)
      expect(stale).toEqual({ count: 1, precision: 'exact' })
      expect(subjects(findings)).toContain('stale_executions')
      const later = await store.health({ staleAfterMs: 3 * HOUR_MS })
      expect(later.stale).toEqual({ count: 0, precision: 'exact' })
      expect(subjects(later.findings)).not.toContain('stale_executions')
    })

    it('counts no further than is worth it, and says so', { timeout: 120_000 }, async ({ store, clock }) => {
      const { id: runId } = await aRun(store)
      await Promise.all(Array.from({ length: 1_001 }, () => anAgent(store, { runId })))
      clock.advance(2 * HOUR_MS)

      expect((await store.health()).stale).toEqual({ count: 1_000, precision: 'at least' })
    })

    for (const [which, policy] of Object.entries(policies)) {
      it(`finds as many runs overdue as retention would take: by ${which}`, async ({ store, clock }) => {
        for (const run of oldRuns) await anOldRun(store, clock, run)
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

    it('shows who is at a chore, what came of it last, and what to do when it failed', async ({
      store,
      clock,
    }) => {
      const at = clock.now()
      const outcome = { startedAt: at, endedAt: at, ok: false, summary: { message: 'The disk is full' } }
      await store.chores.take('retention', 'one', 1_000)
      await store.chores.finish('retention', 'one', outcome)
      await store.chores.take('backup', 'another', 1_000)
      const { ok, chores, findings } = await store.health()

      expect(ok).toBe(true)
      expect(chores).toStrictEqual(await store.chores.list())
      expect(chores).toMatchObject([
        { name: 'backup', holder: 'another' },
        { name: 'retention', last: outcome },
      ])
      expect(findings).toMatchObject([{ severity: 'warning', subject: 'upkeep' }])
      expect(findings[0]!.message).toContain('retention')
      expect(findings[0]!.message).toContain('The disk is full')
    })

    it('finds a backup that is too old, and one that was never made when asked', async ({ store, clock }) => {
      await aRun(store)
      clock.advance(8 * DAY_MS)
      expect(subjects((await store.health()).findings)).not.toContain('backup')
      expect(subjects((await store.health({ backupAgeMs: 7 * DAY_MS })).findings)).toContain('backup')
      const at = clock.now()
      await store.chores.take('backup', 'one', 1_000)
      await store.chores.finish('backup', 'one', { startedAt: at, endedAt: at, ok: true, summary: {} })
      clock.advance(7 * DAY_MS)
      expect(subjects((await store.health()).findings)).not.toContain('backup')
      clock.advance(1)

      expect(subjects((await store.health()).findings)).toContain('backup')
      expect(subjects((await store.health({ backupAgeMs: 8 * DAY_MS })).findings)).not.toContain('backup')
    })

    it('tells of each finding what to do about it, errors first', async ({ store, clock }) => {
      await playStory(store, clock)
      await anOldRun(store, clock, { id: 'old', specId: 'S', stage: 'plan', ended: 40 })
      clock.set(TODAY)
      const { ok, findings } = await store.health({
        latencyMs: 0,
        freeShare: 0,
        backupAgeMs: 0,
        roomBytes: Number.MAX_SAFE_INTEGER,
      })

      expect(subjects(findings)).toEqual(
        expect.arrayContaining(['backup', 'overdue_runs', 'stale_executions']),
      )
      expect(ok).toBe(findings.every(({ severity }) => severity !== 'error'))
      for (const { severity, subject, message, remedy } of findings) {
        expect(['error', 'warning']).toContain(severity)
        for (const text of [subject, message, remedy]) expect(text).toMatch(/\S/)
      }
      const severities = findings.map(({ severity }) => severity)
      expect(severities).toEqual([...severities].sort())
      const ranks = ['backup', 'overdue_runs', 'stale_executions'].map((s) => subjects(findings).indexOf(s))
      expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
    })

    it('is told, not refused, when what it asks of is broken', async ({ damageable }) => {
      await using store = await damageable.open()
      await playStory(store)
      await damageable.damage('drop table artifact')
      const { ok, findings, rows, chores } = await store.health()

      expect({ ok, rows, chores }).toEqual({ ok: false, rows: undefined, chores: [] })
      expect(findings[0]).toMatchObject({ severity: 'error', subject: 'database' })
      expect(findings[0]!.remedy).toMatch(/\S/)
    })
  })
}

const subjects = (findings: readonly Finding[]) => findings.map(({ subject }) => subject)

const countsOf = (rows: Rows) =>
  Object.fromEntries(Object.entries(rows).map(([noun, { count }]) => [noun, count]))

/** By the lists. */
async function countedBy(store: ConsensusStore) {
  const { items: runs } = await store.runs.list({ archived: false })
  const of = async (list: (query: { runId: string }) => Promise<{ readonly items: readonly unknown[] }>) =>
    (await Promise.all(runs.map(({ id }) => list({ runId: id })))).flatMap(({ items }) => items).length
  return {
    runs: runs.length,
    executions: (await store.executions.list()).items.length,
    artifacts: await of(store.artifacts.list),
    syntheses: await of(store.syntheses.list),
    events: (await store.events.readAll()).length,
    archives: (await store.archives.list()).items.length,
  }
}

const MS = 1 / DAY_MS
const S = { specId: 'S', stage: 'plan' }

/** One of each kind that retention tells apart. */
const oldRuns: readonly OldRun[] = [
  { ...S, id: 'a day short', ended: 30 - MS },
  { ...S, id: 'a month', ended: 30 },
  { ...S, id: 'abandoned', ended: 35, as: 'abandoned' },
  { ...S, id: 'began long before it ended', ended: 1, took: 100 },
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
