import { describe, expect, test } from 'vitest'
import { aHistory } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

async function aWorldWithHistory() {
  const world = aWorld()
  await world.write(aHistory)
  return world
}

/** Values of one field, a line each. */
const column = (stdout: string, field: string) => jsonLines(stdout).map((line) => line[field])

describe('runs', () => {
  test('are a table for people, newest first', async () => {
    const world = await aWorldWithHistory()

    expect(await world.run(['runs'])).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        'RUN         SPEC  STAGE  STATE      STARTED (UTC)     MISSING',
        'find-again  find  plan   running    2026-03-02 11:00',
        'find-plan   find  plan   abandoned  2026-03-02 10:00',
        'pay-audit   pay   audit  degraded   2026-03-02 09:00  code',
        'pay-plan    pay   plan   unanimous  2026-03-02 08:00',
        '',
      ].join('\n'),
    })
  })

  test('are one object per line for machines', async () => {
    const world = await aWorldWithHistory()
    const [newest, , audit] = jsonLines((await world.run(['runs', '--json'])).stdout)

    expect(newest).toMatchObject({
      id: 'find-again',
      status: 'running',
      startedAt: '2026-03-02T11:00:00.000Z',
    })
    expect(audit).toMatchObject({ id: 'pay-audit', verdict: 'degraded', missingAgents: ['code'] })
  })

  test.each([
    [
      ['--spec', 'pay'],
      ['pay-audit', 'pay-plan'],
    ],
    [
      ['--stage', 'plan'],
      ['find-again', 'find-plan', 'pay-plan'],
    ],
    [['--spec', 'find', '--status', 'abandoned'], ['find-plan']],
    [['--status=running'], ['find-again']],
  ])('are filtered by %j', async (options, ids) => {
    const world = await aWorldWithHistory()

    expect(column((await world.run(['runs', '--json', ...options])).stdout, 'id')).toEqual(ids)
  })

  test('that are none are said to be none, on stderr', async () => {
    const world = await aWorldWithHistory()

    expect(await world.run(['runs', '--spec', 'nothing'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No runs.\n',
    })
    expect(await world.run(['runs', '--spec', 'nothing', '--json'])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
  })

  test('stop at 50 unless told, and say so', async () => {
    const world = aWorld()
    await world.write((store) =>
      store.transaction(async (tx) => {
        for (let i = 0; i < 1_203; i++) await tx.runs.start({ id: `run-${i}`, specId: 's', stage: 'plan' })
      }),
    )
    const asked = async (...options: string[]) => {
      const { stdout, stderr } = await world.run(['runs', '--json', ...options])
      return { rows: new Set(column(stdout, 'id')).size, stderr }
    }

    const more = (rows: number) => `These are the newest ${rows}; --all shows every one.\n`
    expect(await asked()).toEqual({ rows: 50, stderr: more(50) })
    expect(await asked('--limit', '7')).toEqual({ rows: 7, stderr: more(7) })
    expect(await asked('--limit', '1100')).toEqual({ rows: 1_100, stderr: more(1_100) })
    expect(await asked('--limit', '1203')).toEqual({ rows: 1_203, stderr: '' })
    expect(await asked('--all')).toEqual({ rows: 1_203, stderr: '' })

    const table = (await world.run(['runs', '--all'])).stdout.split('\n')
    expect(table.filter((line) => line.startsWith('RUN '))).toHaveLength(1)
    expect(table).toHaveLength(1_203 + 2)
  })
})

describe('executions', () => {
  test('are a table for people, newest first', async () => {
    const world = await aWorldWithHistory()

    expect((await world.run(['executions', '--spec', 'pay'])).stdout).toBe(
      [
        'AGENT             NAME    SPEC  STAGE  STATE      SPAWNED (UTC)     BYTES',
        'code-pay-audit    code    pay   audit  timed-out  2026-03-02 09:00',
        'claude-pay-audit  claude  pay   audit  completed  2026-03-02 09:00      0',
        'gemini-pay-plan   gemini  pay   plan   completed  2026-03-02 08:00     13',
        'claude-pay-plan   claude  pay   plan   completed  2026-03-02 08:00     15',
        '',
      ].join('\n'),
    )
  })

  test.each([
    [
      ['--run', 'pay-audit'],
      ['code-pay-audit', 'claude-pay-audit'],
    ],
    [
      ['--spec', 'find'],
      ['gemini-find-again', 'gemini-find-plan'],
    ],
    [['--stage', 'audit', '--status', 'timed-out'], ['code-pay-audit']],
    [['--limit', '1'], ['gemini-find-again']],
  ])('are filtered by %j', async (options, agents) => {
    const world = await aWorldWithHistory()

    expect(column((await world.run(['executions', '--json', ...options])).stdout, 'agentId')).toEqual(agents)
  })
})

describe('failures', () => {
  test('say why', async () => {
    const world = await aWorldWithHistory()

    expect((await world.run(['failures'])).stdout).toBe(
      [
        'AGENT             NAME    SPEC  STAGE  STATE      ENDED (UTC)       WHY',
        'gemini-find-plan  gemini  find  plan   failed     2026-03-02 10:10  extraction: The JSON is cut short',
        'code-pay-audit    code    pay   audit  timed-out  2026-03-02 09:20',
        '',
      ].join('\n'),
    )
  })

  test('are one object per line for machines, of one spec if asked', async () => {
    const world = await aWorldWithHistory()

    expect(jsonLines((await world.run(['failures', '--json', '--spec', 'find'])).stdout)).toMatchObject([
      { agentId: 'gemini-find-plan', failure: { reason: 'extraction', message: 'The JSON is cut short' } },
    ])
  })
})

describe('stale', () => {
  test('names who is out, and for how long', async () => {
    const world = await aWorldWithHistory()

    expect((await world.run(['stale', '--older-than', '30m'])).stdout).toBe(
      [
        'AGENT              NAME    SPEC  STAGE  STATE    OUT FOR',
        'gemini-find-again  gemini  find  plan   running  1h',
        '',
      ].join('\n'),
    )
  })

  test.each([
    ['59m', 1],
    ['3599s', 1],
    ['0.5h', 1],
    ['60m', 0],
    ['1d', 0],
  ])('counts from now: older than %s', async (olderThan, count) => {
    const world = await aWorldWithHistory()

    const { code, stdout } = await world.run(['stale', '--json', '--older-than', olderThan])
    expect({ code, count: jsonLines(stdout).length }).toEqual({ code: 0, count })
  })

  test('says so when nobody is', async () => {
    const world = await aWorldWithHistory()

    expect((await world.run(['stale', '--older-than', '7d'])).stderr).toBe('Nobody is out that long.\n')
  })
})
