import { describe, expect, test } from 'vitest'
import {
  type AgedRun,
  checkUp,
  StoreError,
  type StoreErrorCode,
  systemEnv,
  type Vitals,
} from '../src/index.ts'

const exact = { count: 0, precision: 'exact' } as const

const well: Vitals = {
  patienceMs: 1_000,
  facts: async () => ({ settings: [], findings: [], details: { version: 1 } }),
  rows: async () => ({
    runs: exact,
    executions: exact,
    artifacts: exact,
    syntheses: exact,
    events: exact,
    archives: exact,
  }),
  space: async () => ({ bytes: 0, freeBytes: 0, walBytes: 0, roomBytes: undefined }),
  oldestRunAt: async () => undefined,
  openSince: async () => 0,
  aged: async () => [],
  unreachable: (message) => ({ severity: 'error', subject: 'server', message, remedy: 'Look.' }),
  classify: () => 'CORRUPT',
}

const store = {
  name: 'some',
  chores: { take: async () => true, finish: async () => true, list: async () => [] },
}
const healthOf = (vitals: Partial<Vitals>) =>
  checkUp(store, { ...well, ...vitals }, systemEnv, { latencyMs: 60_000 })

const failing = (error: unknown) => async () => {
  throw error
}

describe('health of a backend', () => {
  test.each([
    ['CORRUPT', 'error', /consensus verify/],
    ['SCHEMA', 'error', /tables/],
    ['UNAVAILABLE', 'error', /reached/],
    ['BUSY', 'warning', /Ask again/],
    ['FULL', 'error', /names/],
  ] as const)('says what a part that is %s means', async (code, severity, remedy) => {
    const errors = [
      { rows: failing(new StoreError(code, 'oh')) },
      { rows: failing(new Error('oh')), classify: (): StoreErrorCode => code },
    ]
    for (const vitals of errors) {
      const { ok, findings } = await healthOf(vitals)
      expect(ok).toBe(severity === 'warning')
      expect(findings).toMatchObject([
        { severity, subject: 'database', message: 'Health cannot tell of rows: oh' },
      ])
      expect(findings[0]!.remedy).toMatch(remedy)
      if (code !== 'CORRUPT') expect(findings[0]!.remedy).not.toContain('verify')
    }
  })

  test('takes what does not answer for busy, not for damaged', async () => {
    const { rows, findings } = await healthOf({ patienceMs: 20, rows: () => new Promise(() => {}) })

    expect(rows).toBeUndefined()
    expect(findings).toMatchObject([{ severity: 'warning', message: expect.stringContaining('20 ms') }])
  })

  test('says that it is damaged when that is why it does not answer at all', async () => {
    const { ok, findings } = await healthOf({ facts: failing(new Error('malformed')) })

    expect({ ok, findings }).toMatchObject({
      ok: false,
      findings: [{ remedy: expect.stringContaining('verify') }],
    })
  })

  test.each([undefined, null, 0, '', Object.create(null), Symbol('x')])(
    'never rejects, whatever its parts throw (%#)',
    async (thrown) => {
      const classify = (): StoreErrorCode => 'UNAVAILABLE'
      for (const part of ['facts', 'rows', 'space', 'oldestRunAt', 'openSince', 'aged'] as const) {
        const { ok, findings } = await healthOf({ [part]: failing(thrown), classify })
        expect(ok, part).toBe(false)
        expect(findings.map(({ message }) => typeof message)).toEqual(['string'])
      }
    },
  )

  test('names no policy to go by when nobody can tell which was gone by', async () => {
    const at = new Date('2026-01-01T00:00:00.000Z')
    const old: AgedRun = {
      ...{ id: 'old', specId: 'S', stage: 'plan', labels: {}, pinned: false, status: 'abandoned' },
      ...{ startedAt: at, endedAt: at, inFlight: false, archived: false, newer: 0 },
    }
    const vitals: Vitals = { ...well, aged: async ({ archived }) => (archived ? [] : [old]) }
    const remedy = async (list: () => Promise<never[]>) => {
      const chores = { ...store.chores, list }
      const { findings } = await checkUp({ ...store, chores }, vitals, systemEnv, { latencyMs: 60_000 })
      return findings.find(({ subject }) => subject === 'overdue_runs')?.remedy
    }

    expect(await remedy(failing(new Error('oh')))).toContain('consensus retention apply --policy <')
    expect(await remedy(async () => [])).toContain('consensus retention apply.')
  })

  test('says of a setting that was not taken what its backend says to do', async () => {
    const setting = { name: 'fast', wanted: 1, actual: 0 }
    const facts = async () => ({
      settings: [
        { ...setting, remedy: 'Speed up.' },
        { ...setting, name: 'safe', severity: 'error' as const },
        { name: 'taken', wanted: 1, actual: 1, remedy: 'None.' },
      ],
      findings: [],
      details: {},
    })

    expect((await healthOf({ facts })).findings).toMatchObject([
      { subject: 'safe', severity: 'error', remedy: expect.stringMatching(/\S/) },
      { subject: 'fast', severity: 'warning', remedy: 'Speed up.' },
    ])
  })
})
