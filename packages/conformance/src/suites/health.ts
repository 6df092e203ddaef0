import { COUNTED_NOUNS, type Finding, type HealthOptions } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { changesNothing } from '../contents.ts'
import { anAgent, aRun } from '../fixtures.ts'
import { anOldRun, DAY_MS, TODAY } from '../old-runs.ts'
import { promptly } from '../promptly.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'
import { healthFigures } from './health-figures.ts'
import { healthOverdue } from './health-overdue.ts'

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

    healthFigures(it)

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

    healthOverdue(it)

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

const subjects = (findings: readonly Finding[]) => findings.map(({ subject }) => subject)
