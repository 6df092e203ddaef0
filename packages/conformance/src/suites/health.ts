import {
  COUNTED_NOUNS,
  type ConsensusStore,
  type Count,
  type Finding,
  type HealthOptions,
  type RetentionPolicy,
  type Rows,
} from '@consensus-store/core'
import { describe, expect } from 'vitest'
import type { Clock } from '../clock.ts'
import { changesNothing } from '../contents.ts'
import { anAgent, anArtifact, aRun } from '../fixtures.ts'
import { aLongRun } from '../long-run.ts'
import { anOldRun, DAY_MS, daysAgo, type OldRun, oldRuns, TODAY } from '../old-runs.ts'
import { promptly } from '../promptly.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

const HOUR_MS = 3_600_000

/** What the machine that runs the tests is short of is not what they are about. */
const LENIENT: HealthOptions = { latencyMs: 60_000, roomBytes: 0 }

export function health(it: It): void {
  describe('health', () => {
    it('is good in a store that nothing happened to', async ({ store, clock }) => {
      await playStory(store, clock)

      expect(await store.health(LENIENT)).toEqual({
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
      await store.archives.restore('run-3')
      expect(countsOf((await store.health()).rows!)).toEqual({
        ...(await countedBy(store)),
        runs: 3,
        archives: 0,
      })
      await store.archives.add('run-3')
      await store.runs.delete('run-3')
      expect(countsOf((await store.health()).rows!)).toEqual({
        ...(await countedBy(store)),
        runs: 2,
        archives: 0,
      })
    })

    it('knows the oldest run there is, also when it is archived', async ({ store, clock }) => {
      await oldRuns(store, clock, [
        { ...S, id: 'second', ended: 40 },
        { ...S, id: 'first', ended: 50 },
        { ...S, id: 'third', ended: 30 },
      ])
      const oldestRunAt = async () => (await store.health()).oldestRunAt
      const first = await oldestRunAt()
      expect(first).toEqual((await store.runs.get('first'))!.startedAt)
      await store.archives.add('first')

      expect(await oldestRunAt()).toEqual(first)
      await store.runs.delete('first')
      expect(await oldestRunAt()).toEqual((await store.runs.get('second'))!.startedAt)
    })

    it('says how much space it takes, and how much of that is free', async ({ durablePlace, skip }) => {
      const { bytes } = durablePlace
      skip(!bytes, 'nobody can see from outside what it takes')
      await using store = await durablePlace.open()
      const space = async () => (await store.health()).space!
      const mustBeSeen = async () =>
        expect(Math.abs((await space()).bytes - (await bytes!()))).toBeLessThanOrEqual(SLACK_BYTES)
      await mustBeSeen()
      const { id: runId } = await aRun(store)
      for (let i = 0; i < 40; i++)
        await anArtifact(store, { runId, id: `large ${i}`, content: 'x'.repeat(100_000) })
      await mustBeSeen()
      const full = await space()
      expect(full.walBytes).toBeLessThanOrEqual(full.bytes)
      await store.runs.abandon(runId)
      await store.runs.delete(runId)
      await mustBeSeen()
      const emptied = await space()
      await store.reclaim()
      await mustBeSeen()
      const reclaimed = await space()

      expect(emptied.bytes - reclaimed.bytes).toBeGreaterThan(MIB)
      // Who cannot tell says so of every state.
      if (full.freeBytes === undefined) {
        expect([emptied.freeBytes, reclaimed.freeBytes]).toEqual([undefined, undefined])
      } else {
        expect(emptied.freeBytes! - full.freeBytes).toBeGreaterThan(MIB)
        expect(emptied.freeBytes! - reclaimed.freeBytes!).toBeGreaterThan(MIB)
      }
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

    it('has for a chore that failed a remedy that does that chore and no other', async ({ store, clock }) => {
      const at = clock.now()
      const commands = {
        backup: 'consensus backup',
        retention: 'consensus retention apply',
        reclaim: 'consensus reclaim',
      }
      for (const [chore, command] of Object.entries(commands)) {
        await store.chores.take(chore, 'one', 1_000)
        await store.chores.finish(chore, 'one', { startedAt: at, endedAt: at, ok: false, summary: {} })
        const { findings } = await store.health()
        const { remedy } = findings.find(({ message }) => message.includes(`chore ${chore} `))!
        expect(remedy).toContain(command)
        for (const other of Object.values(commands)) {
          if (other !== command) expect(remedy).not.toContain(other)
        }
        expect(remedy).not.toContain('upkeep')
      }
    })

    it('refuses what is no option, and nothing else', async ({ store }) => {
      const options = {
        'a misspelt threshold': { staleAfter: 5 },
        'a misspelt policy': { policy: { deleteAfter: 5 } },
        'a share beyond all': { freeShare: 1.5 },
        'a share of nothing': { freeShare: Object.create(null) },
        'a threshold of nothing': { walBytes: Object.create(null) },
        'a getter that throws': {
          get staleAfterMs() {
            throw new Error('not today')
          },
        },
        'a policy with a getter that throws': {
          policy: {
            get overrides() {
              throw new Error('not today')
            },
          },
        },
        nothing: null,
      }
      for (const [what, bad] of Object.entries(options)) {
        const refusal = await store.health(bad as HealthOptions).catch((error: unknown) => error)
        expect(refusal, what).toMatchObject({ code: 'INVALID' })
      }
    })

    it('takes any threshold there can be', async ({ store }) => {
      await playStory(store)
      const most = Number.MAX_SAFE_INTEGER
      const { ok, findings, stale, overdue } = await store.health({
        ...LENIENT,
        staleAfterMs: most,
        walBytes: most,
        backupAgeMs: most,
        policy: { archiveAfterDays: 1e8, deleteAfterDays: 1e8 },
      })

      expect({ ok, findings }).toEqual({ ok: true, findings: [] })
      expect([stale, overdue]).toEqual([
        { count: 0, precision: 'exact' },
        { count: 0, precision: 'exact' },
      ])
    })

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

const MIB = 1_048_576
/** What a server may do by itself between two looks at its files. */
const SLACK_BYTES = 256 * 1_024

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
