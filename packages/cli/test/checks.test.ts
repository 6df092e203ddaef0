import { type ConsensusStore, type Finding, intercept } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { aHistory } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

describe('verify', () => {
  test('says that nothing differs', async () => {
    const world = aWorld()
    await world.write(aHistory)

    expect(await world.run(['verify'])).toEqual({
      code: 0,
      stdout: '4 runs, 23 events: nothing differs.\n',
      stderr: '',
    })
    expect((await world.run(['verify', 'find-plan'])).stdout).toBe('1 run, 4 events: nothing differs.\n')
    expect(jsonLines((await world.run(['verify', '--json'])).stdout)).toEqual([
      { runs: 4, events: 23, differences: [] },
    ])
  })

  test('lists what differs, and exits with 1', async () => {
    const world = aWorld()
    await world.write(aHistory)
    tamper(world.path('consensus.db'), `update run set verdict = 'failed' where id = 'pay-audit'`)
    const { code, stdout } = await world.run(['verify'])

    expect(code).toBe(1)
    expect(stdout).toMatch(/^RUN +WHAT +DIFFERS\npay-audit +run +says another verdict than the log\n/)
    expect(stdout).toMatch(/4 runs, 23 events: 1 difference\.\n$/)

    const asked = await world.run(['verify', '--json', 'pay-audit'])
    expect(asked.code).toBe(1)
    expect(jsonLines(asked.stdout)).toMatchObject([
      {
        runs: 1,
        differences: [{ runId: 'pay-audit', subject: 'run', message: 'says another verdict than the log' }],
      },
    ])
    expect((await world.run(['verify', 'pay-plan'])).code).toBe(0)
  })

  test('passes over a run that is deleted between being listed and being verified', async () => {
    const memory = memoryStore()
    for (const id of ['kept', 'doomed']) {
      await memory.runs.start({ id, specId: 's', stage: 'plan' })
      await memory.runs.abandon(id)
    }
    const store = intercept(memory, async (operation, call) => {
      if (operation === 'verify') await memory.runs.delete('doomed')
      return call()
    })

    expect(
      await aWorld().run(['verify', '--store', 'busy:'], { backends: { busy: async () => store } }),
    ).toEqual({ code: 0, stdout: '1 run, 2 events: nothing differs.\n', stderr: '' })
  })

  test('says when the run is not there', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const { code, stderr } = await world.run(['verify', 'nobody'])

    expect(code).toBe(1)
    expect(stderr).toContain('NOT_FOUND: There is no run nobody')
  })

  test('shows progress on a terminal, and none in a pipe', async () => {
    const world = aWorld()
    await world.write(aHistory)

    expect((await world.run(['verify'], { columns: 80 })).stderr).toContain('Verifying runs 1')
    expect((await world.run(['verify'])).stderr).toBe('')
  })
})

describe('health', () => {
  test('says that there is nothing to do', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const { code, stdout } = await world.run(['health'])

    expect(code).toBe(0)
    expect(stdout).toMatch(/^The sqlite store answers in \d+\.\d ms; nothing to do\.\n/)
    expect(stdout).toMatch(/^ {2}schemaVersion +1$/m)
  })

  test('is one document for machines', async () => {
    const [health] = jsonLines((await aWorld().run(['health', '--json', '--store', 'memory:'])).stdout)

    expect(health).toMatchObject({
      ok: true,
      store: 'memory',
      latencyMs: expect.any(Number),
      findings: [],
      details: { runs: 0, events: 0, identity: expect.stringMatching(/./) },
    })
  })

  test.each([
    ['a warning', 'warning', 1],
    ['an error', 'error', 1],
  ] as const)('puts %s first, and exits accordingly', async (_what, severity, exit) => {
    const backends = {
      ill: async () => ailing({ severity, subject: 'disk', message: 'is full', remedy: 'Make room.' }),
    }
    const { code, stdout } = await aWorld().run(['health', '--store', 'ill:'], { backends })

    expect(code).toBe(exit)
    expect(stdout).toMatch(
      new RegExp(`^${severity}: disk: is full\n {2}Make room\\.\nThe memory store answers in `),
    )
    expect((await aWorld().run(['health', '--json', '--store', 'ill:'], { backends })).code).toBe(exit)
  })
})

describe('health for monitors', () => {
  test('is text in the format of OpenMetrics', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const { code, stdout } = await world.run(['health', '--openmetrics'])

    expect(code).toBe(0)
    expect(stdout).toMatch(/^# TYPE consensus_store info\n/)
    expect(stdout).toMatch(/^consensus_store_rows\{noun="runs"\} 4$/m)
    expect(stdout).toMatch(/\n# EOF\n$/)
  })

  test('is one format or the other', async () => {
    const { code, stderr } = await aWorld().run(['health', '--openmetrics', '--json', '--store', 'memory:'])

    expect(code).toBe(2)
    expect(stderr).toContain('choose one')
  })
})

describe('health of a store that is not looked after', () => {
  const LATER = { now: new Date('2026-05-01T12:00:00.000Z') }

  test('names what is overdue and who is stale, and exits with 1', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const { code, stdout } = await world.run(['health'], LATER)

    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^warning: overdue_runs: 2 runs are older than the policy allows\n {2}Apply retention/,
    )
    expect(stdout).toMatch(/^warning: stale_executions: 1 execution has been out for more than 60 minutes\n/m)
    expect(stdout).toMatch(/^runs that are overdue +2 +exact$/m)
  })

  test('goes by the thresholds that are given', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const patient = ['--archive-after', '365', '--delete-after', 'never', '--stale-after', '300d']

    expect(await world.run(['health', ...patient], LATER)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing to do'),
    })
    const { stdout } = await world.run(['health', ...patient, '--backup-age', '30d'], LATER)
    expect(stdout).toMatch(/^warning: backup: There was never a backup/)
  })

  test('shows each chore and what came of it', async () => {
    const world = aWorld()
    await world.write(aHistory)
    expect((await world.run(['upkeep', '--only', 'retention'], LATER)).code).toBe(0)

    expect((await world.run(['health'], LATER)).stdout).toMatch(
      /^retention +done +2026-05-01 12:00 +0s +archived 2, .*deleted 0/m,
    )
  })
})

const ailing = (finding: Finding): ConsensusStore =>
  intercept(memoryStore(), async (operation, call) => {
    const result = await call()
    return operation === 'health' ? { ...result, ok: false, findings: [finding] } : result
  })

function tamper(path: string, statement: string): void {
  const database = new Database(path)
  expect(database.prepare(statement).run().changes).toBe(1)
  database.close()
}
