import { describe, expect, test } from 'vitest'
import { aHistory, MARKDOWN } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

async function aWorldWithHistory() {
  const world = aWorld()
  await world.write(aHistory)
  return world
}

describe('show', () => {
  test('shows a run with all it owns, oldest first', async () => {
    const world = await aWorldWithHistory()

    expect(await world.run(['show', 'pay-plan'])).toEqual({
      code: 0,
      stderr: '',
      stdout: `Run pay-plan
  spec       pay
  stage      plan
  branch     main
  state      unanimous
  started    2026-03-02 08:00 UTC
  concluded  2026-03-02 08:07 UTC
  expects    claude, gemini
  labels     team=checkout
  pinned     yes
  events     10
  seal       sha256:6a3f6ea40f8340736dbac9013a09612aa700dd755bd59850504e520fb4a05cc9
  agreed     Charge once

Executions
AGENT            NAME    PHASE          STATE      SPAWNED (UTC)     BYTES  WHY
claude-pay-plan  claude  regular-stage  completed  2026-03-02 08:00     15
gemini-pay-plan  gemini  regular-stage  completed  2026-03-02 08:00     13

Artifacts
ARTIFACT  BY      MODEL  ADDED (UTC)       BYTES
art-1     claude         2026-03-02 08:05     15
art-2     gemini         2026-03-02 08:06      7

Syntheses
SYNTHESIS  VERDICT    ADDED (UTC)       BYTES
syn-1      unanimous  2026-03-02 08:07     21
`,
    })
  })

  test('prints the bodies on request', async () => {
    const world = await aWorldWithHistory()
    const { stdout } = await world.run(['show', 'pay-plan', '--content'])

    expect(stdout).toContain('\nAnswer of claude-pay-plan\n{"plan":"once"}\n')
    expect(stdout).toContain('\nAnswer of gemini-pay-plan\nOnce.\nReally.\n')
    expect(stdout).toContain('\nContent of art-1, by claude\n{\n  "plan": "once"\n}\n')
    expect(stdout).toContain('\nContent of art-2, by gemini\nOnce.\n')
    expect(stdout).toContain(`\nMarkdown of syn-1\n${MARKDOWN}`)
  })

  test('is one document for machines, with the bodies on request', async () => {
    const world = await aWorldWithHistory()
    const [plain] = jsonLines((await world.run(['show', 'pay-plan', '--json'])).stdout)
    const [full] = jsonLines((await world.run(['show', 'pay-plan', '--json', '--content'])).stdout)

    expect(plain).toMatchObject({
      run: { id: 'pay-plan', verdict: 'unanimous' },
      executions: [{ agentId: 'claude-pay-plan' }, { agentId: 'gemini-pay-plan' }],
      artifacts: [{ id: 'art-1' }, { id: 'art-2' }],
      syntheses: [{ id: 'syn-1' }],
    })
    expect(JSON.stringify(plain)).not.toContain('Charge once.')
    expect(full).toMatchObject({
      executions: [{ response: '{"plan":"once"}' }, { response: 'Once.\nReally.' }],
      artifacts: [{ content: { plan: 'once' } }, { content: 'Once.' }],
      syntheses: [{ markdown: MARKDOWN }],
    })
  })

  test.each([[[]], [['--content']], [['--json']]])('says what is not there, with %j', async (options) => {
    const world = await aWorldWithHistory()
    const { code, stdout, stderr } = await world.run(['show', 'pay', ...options])

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      'error: NOT_FOUND: There is no run pay\n  See what there is: consensus runs, or consensus executions\n',
    )
  })
})

describe('latest', () => {
  test('shows the newest run of a stage and its synthesis', async () => {
    const world = await aWorldWithHistory()
    const { code, stdout } = await world.run(['latest', 'pay', 'plan'])

    expect(code).toBe(0)
    expect(stdout).toMatch(/^Run pay-plan\n {2}spec {7}pay\n/)
    expect(stdout).toMatch(/\n\nSYNTHESIS .*\nsyn-1 {6}unanimous .*21\n$/)
  })

  test('does not pass off an older synthesis as that of a run which has none', async () => {
    const world = await aWorldWithHistory()
    await world.write(async ({ runs, syntheses }, at) => {
      at('2026-03-02T07:00:00.000Z')
      await runs.start({ id: 'old', specId: 'find', stage: 'plan' })
      await syntheses.add({ runId: 'old', verdict: 'unanimous', markdown: 'Old.' })
    })

    expect((await world.run(['latest', 'find', 'plan'])).stdout).toMatch(
      /^Run find-again\n(.*\n)*It has no synthesis yet\.\n$/,
    )
    expect(jsonLines((await world.run(['latest', 'find', 'plan', '--json'])).stdout)).toMatchObject([
      { run: { id: 'find-again' }, synthesis: null },
    ])
    const { code, stdout, stderr } = await world.run(['latest', 'find', 'plan', '--markdown'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('NOT_FOUND: Run find-again has no synthesis yet')
  })

  test('takes the newest of several syntheses of the run', async () => {
    const world = await aWorldWithHistory()
    await world.write(async ({ syntheses }, at) => {
      at('2026-03-02T11:10:00.000Z')
      await syntheses.add({ runId: 'find-again', verdict: 'failed', markdown: 'First.' })
      at('2026-03-02T11:20:00.000Z')
      await syntheses.add({ runId: 'find-again', verdict: 'degraded', markdown: 'Second.' })
    })

    expect((await world.run(['latest', 'find', 'plan', '--markdown'])).stdout).toBe('Second.')
  })

  test('prints the markdown and nothing else, byte for byte', async () => {
    const world = await aWorldWithHistory()

    expect((await world.run(['latest', 'pay', 'plan', '--markdown'])).stdout).toBe(MARKDOWN)
    expect(
      jsonLines((await world.run(['latest', 'pay', 'plan', '--markdown', '--json'])).stdout),
    ).toMatchObject([{ run: { id: 'pay-plan' }, synthesis: { id: 'syn-1', markdown: MARKDOWN } }])
  })

  test('says so when the stage has no run', async () => {
    const world = await aWorldWithHistory()
    const { code, stderr } = await world.run(['latest', 'pay', 'unlock'])

    expect(code).toBe(1)
    expect(stderr).toContain('NOT_FOUND: There is no run of pay, stage unlock')
  })
})

describe('route', () => {
  test('says where answers belong, in the order asked', async () => {
    const world = await aWorldWithHistory()

    expect(await world.run(['route', 'code-pay-audit', 'claude-pay-plan'])).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        'AGENT            NAME    PHASE          SPEC  STAGE  RUN        BRANCH',
        'code-pay-audit   code    quality-gate   pay   audit  pay-audit',
        'claude-pay-plan  claude  regular-stage  pay   plan   pay-plan   main',
        '',
      ].join('\n'),
    })
  })

  test('is one object per line for machines', async () => {
    const world = await aWorldWithHistory()

    expect(jsonLines((await world.run(['route', 'code-pay-audit', '--json'])).stdout)).toEqual([
      {
        agentId: 'code-pay-audit',
        agentName: 'code',
        phaseType: 'quality-gate',
        stage: 'audit',
        specId: 'pay',
        runId: 'pay-audit',
      },
    ])
  })

  test('shows those it knows and names those it does not', async () => {
    const world = await aWorldWithHistory()
    const { code, stdout, stderr } = await world.run(['route', 'x', 'code-pay-audit', 'y', '--json'])

    expect(code).toBe(1)
    expect(jsonLines(stdout)).toMatchObject([{ agentId: 'code-pay-audit' }])
    expect(stderr).toContain('NOT_FOUND: There is no agent x, y')
  })

  test('takes more agents than a store takes at once', async () => {
    const world = await aWorldWithHistory()
    const agents = Array.from({ length: 1_001 }, (_, i) => `nobody-${i}`)
    const { code, stdout } = await world.run(['route', '--json', ...agents, 'code-pay-audit'])

    expect({ code, lines: jsonLines(stdout).length }).toEqual({ code: 1, lines: 1 })
  })
})

describe('replay', () => {
  test('prints the events of a run, oldest first', async () => {
    const world = await aWorldWithHistory()

    expect(await world.run(['replay', 'pay-audit'])).toEqual({
      code: 0,
      stderr: '',
      stdout: `#  AT (UTC)                 EVENT                WHAT
1  2026-03-02 09:00:00.000  run.started          pay, audit expecting claude, code
2  2026-03-02 09:00:00.000  execution.spawned    claude-pay-audit: claude, quality-gate
3  2026-03-02 09:00:01.000  execution.spawned    code-pay-audit: code, quality-gate
4  2026-03-02 09:20:00.000  execution.completed  claude-pay-audit: 0 bytes
5  2026-03-02 09:20:00.000  execution.timed-out  code-pay-audit
6  2026-03-02 09:20:00.000  run.concluded        degraded without code
`,
    })
  })

  test('has words for every event of the history', async () => {
    const world = await aWorldWithHistory()
    const { stdout } = await world.run(['replay', 'pay-plan'])

    expect(stdout).toMatch(/artifact\.added +art-1: claude, 15 bytes/)
    expect(stdout).toMatch(/synthesis\.added +syn-1: unanimous, 21 bytes/)
    expect(stdout).toMatch(/run\.pinned\n/)
    expect((await world.run(['replay', 'find-plan'])).stdout).toMatch(
      /execution\.failed +gemini-find-plan: extraction, The JSON is cut short\n.*run\.abandoned\n/,
    )
    expect((await world.run(['replay', 'find-again'])).stdout).toMatch(
      /execution\.started +gemini-find-again\n/,
    )
  })

  test.each([
    ['1', 1],
    ['4', 4],
    ['6', 6],
    ['99', 6],
  ])('stops after event %s', async (to, count) => {
    const world = await aWorldWithHistory()
    const events = jsonLines((await world.run(['replay', 'pay-audit', '--json', '--to', to])).stdout)

    expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: count }, (_, i) => i + 1))
  })

  test('shows the run as it was then', async () => {
    const world = await aWorldWithHistory()
    const then = ['replay', 'pay-audit', '--to', '4', '--state']

    expect((await world.run(then)).stdout).toBe(`Run pay-audit
  spec     pay
  stage    audit
  state    running
  started  2026-03-02 09:00 UTC
  expects  claude, code
  events   4

Executions
AGENT             NAME    PHASE         STATE      SPAWNED (UTC)     BYTES  WHY
claude-pay-audit  claude  quality-gate  completed  2026-03-02 09:00      0
code-pay-audit    code    quality-gate  spawned    2026-03-02 09:00
`)
    expect(jsonLines((await world.run([...then, '--json'])).stdout)).toMatchObject([
      {
        run: { status: 'running', lastSequence: 4 },
        executions: [{ status: 'completed' }, { status: 'spawned' }],
      },
    ])
  })

  test.each([
    ['2026-03-02T09:00:00Z', 2],
    ['2026-03-02T09:00:00.999Z', 2],
    ['2026-03-02T09:00:01', 3],
    ['2026-03-02 09:00:01.000', 3],
    ['2026-03-02T09:00:00.9999Z', 2],
    ['2026-03-02T10:19+01:00', 3],
    ['2026-03-02T03:50:00-05:30', 6],
    ['2026-03-02T10:20+0100', 6],
    ['2026-03-02t10:20:00,0+01', 6],
    ['2026-03-03', 6],
  ])('goes no further than %s', async (at, count) => {
    const world = await aWorldWithHistory()
    const events = jsonLines((await world.run(['replay', 'pay-audit', '--json', '--at', at])).stdout)

    expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: count }, (_, i) => i + 1))
  })

  test('shows the run as it was at an instant', async () => {
    const world = await aWorldWithHistory()
    const shown = async (...point: string[]) =>
      (await world.run(['replay', 'pay-plan', '--state', ...point])).stdout

    expect(await shown('--at', '2026-03-02T08:05Z')).toBe(await shown('--to', '5'))
    expect(await shown('--at', '2026-03-02T08:05Z')).toMatch(/state {4}running\n(.*\n)* {2}events {3}5\n/)
  })

  test('knows of no run before it began', async () => {
    const world = await aWorldWithHistory()
    for (const options of [[], ['--state'], ['--json']]) {
      const { code, stdout, stderr } = await world.run([
        'replay',
        'pay-audit',
        '--at',
        '2026-03-02',
        ...options,
      ])

      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain('NOT_FOUND: There is no run pay-audit as of 2026-03-02T00:00:00.000Z')
    }
  })

  test('follows a log longer than a page', async () => {
    const world = aWorld()
    await world.write(async ({ runs, transaction }) => {
      await runs.start({ id: 'long', specId: 's', stage: 'plan' })
      await transaction(async (tx) => {
        for (let i = 0; i < 1_050; i++) await (i % 2 ? tx.runs.unpin('long') : tx.runs.pin('long'))
      })
    })
    const { stdout } = await world.run(['replay', 'long', '--json'])

    expect(jsonLines(stdout).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 1_051 }, (_, i) => i + 1),
    )
    expect(jsonLines((await world.run(['replay', 'long', '--json', '--to', '1003'])).stdout)).toHaveLength(
      1_003,
    )
  })

  test.each([[[]], [['--state']], [['--json']]])('says what is not there, with %j', async (options) => {
    const world = await aWorldWithHistory()
    const { code, stdout, stderr } = await world.run(['replay', 'nobody', ...options])

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('NOT_FOUND: There is no run nobody')
  })
})
