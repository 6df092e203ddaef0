import { writeFileSync } from 'node:fs'
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

/** What the machine that runs the tests is short of is not what they are about. */
const LENIENT = ['--latency', '60s', '--room', '0']

describe('health', () => {
  test('says that there is nothing to do', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const { code, stdout } = await world.run(['health', ...LENIENT])

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
    expect(await world.run(['health', '--openmetrics', '--latency', '0s'])).toMatchObject({ code: 0 })
    expect(stdout).toMatch(/^# TYPE consensus_store_info gauge\n/)
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
      /^warning: overdue_runs: 2 runs are older than the policy allows: archive after 30 days, delete after 90 days\n {2}See what would go: consensus retention plan\. /,
    )
    expect(stdout).toMatch(
      /^warning: stale_executions: 1 execution has been out for more than 1h\n.*consensus stale --older-than 1h\. /m,
    )
    expect(stdout).toMatch(/^runs that are overdue +2 +exact$/m)
  })

  test('goes by the thresholds that are given', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const patient = ['--archive-after', '365', '--delete-after', 'never', '--stale-after', '300d', ...LENIENT]

    expect(await world.run(['health', ...patient], LATER)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing to do'),
    })
    const { stdout } = await world.run(['health', ...patient, '--backup-age', '30d'], LATER)
    expect(stdout).toMatch(/^warning: backup: There was never a backup/)
  })

  test('has a threshold for all that it judges', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const given = ['--latency', '0s', '--room', '900000GiB', '--free-share', '0', '--log-size', '0']
    const [report] = jsonLines((await world.run(['health', '--json', ...given])).stdout)
    const { findings } = report as { findings: Finding[] }

    expect(findings.map(({ subject }) => subject)).toEqual(['disk_space', 'latency'])
    for (const wrong of ['2', '-0.1', 'half', '1.5']) {
      expect((await world.run(['health', '--free-share', wrong])).code, wrong).toBe(2)
    }
  })

  test('judges by the policy that was gone by, and says so, and how to go by it again', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const policy = ['--archive-after', '31', '--delete-after', '365', '--keep-latest', '1']
    expect(
      (await world.run(['upkeep', '--only', 'retention', ...policy], { now: new Date('2026-03-03') })).code,
    ).toBe(0)
    const { stdout } = await world.run(['health'], { now: new Date('2028-03-03') })

    expect(stdout).toContain(
      'archive after 31 days, delete after 365 days, keep the latest 1 of each spec and stage',
    )
    const options = '--archive-after 31 --delete-after 365 --keep-latest 1'
    expect(stdout).toContain(`consensus retention plan ${options}. `)
    expect(stdout).toContain(`consensus retention apply ${options}.`)
    expect(stdout).not.toContain('consensus upkeep')
  })

  test('shows what is not known as such, and makes no finding of it', async () => {
    const store = intercept(memoryStore(), async (operation, call) => {
      const result = await call()
      return operation === 'health' ? { ...result, overdue: undefined } : result
    })
    const backends = { large: async () => store }
    const { code, stdout } = await aWorld().run(['health', '--store', 'large:', ...LENIENT], { backends })

    expect(code).toBe(0)
    expect(stdout).toMatch(/^runs that are overdue +\? +not known$/m)
  })

  test('says every figure with its unit', async () => {
    const world = aWorld()
    await world.write(aHistory)
    expect((await world.run(['reclaim'], LATER)).code).toBe(0)
    await world.run(['upkeep', '--only', 'reclaim'], LATER)
    const { stdout } = await world.run(['health'], LATER)

    expect(stdout).toMatch(/^ {2}size +[\d,]+ bytes$/m)
    expect(stdout).toMatch(/^ {2}room on disk +[\d,]+ bytes$/m)
    expect(stdout).toMatch(/^reclaim +done .*before [\d,]+ bytes, after [\d,]+ bytes/m)
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

describe('health of a store that cannot be opened', () => {
  const spoilt: Readonly<Record<string, (world: ReturnType<typeof aWorld>) => void>> = {
    UNAVAILABLE: () => {},
    CORRUPT: ({ path }) =>
      writeFileSync(path('consensus.db'), 'no database, but long enough for one '.repeat(40)),
    SCHEMA: ({ path }) => {
      const database = new Database(path('consensus.db'))
      database.exec('create table invoice (id integer primary key)')
      database.close()
    },
  }

  test.each(Object.entries(spoilt))('is a finding in every format: %s', async (code, spoil) => {
    const world = aWorld()
    spoil(world)
    const page = await world.run(['health'])
    expect(page).toMatchObject({ code: 1, stderr: '' })
    expect(page.stdout).toMatch(
      new RegExp(
        `^error: database: ${code}: .*consensus\\.db.*\\n {2}\\S.*\\nThe sqlite store does not answer\\.\\n$`,
      ),
    )
    const asJson = await world.run(['health', '--json'])
    expect({ code: asJson.code, said: jsonLines(asJson.stdout) }).toMatchObject({
      code: 1,
      said: [{ ok: false, store: 'sqlite', findings: [{ severity: 'error', subject: 'database' }] }],
    })
    // So that `… > file && mv` publishes it.
    const figures = await world.run(['health', '--openmetrics'])
    expect(figures.code).toBe(0)
    expect(figures.stdout).toMatch(/^consensus_store_ok 0$/m)
    expect(figures.stdout).toMatch(/\n# EOF\n$/)
  })

  test('says nothing of a password', async () => {
    const url = 'postgres://user:s3cret@127.0.0.1:1/nowhere'
    for (const format of [[], ['--json'], ['--openmetrics']]) {
      const { stdout, stderr } = await aWorld().run(['health', '--store', url, ...format])
      expect(stdout).toContain('server')
      expect(stdout + stderr).not.toContain('s3cret')
    }
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
