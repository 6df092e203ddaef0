import { describe, expect, test } from 'vitest'
import { aHistory } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

/** With `pay` planned again: claude fails where it had answered, code is sent for the first time, gemini is not. */
async function aWorldPlannedTwice() {
  const world = aWorld()
  await world.write(async (store, at) => {
    await aHistory(store, at)
    const { runs, executions } = store
    at('2026-03-02T11:30:00.000Z')
    await runs.start({ id: 'pay-again', specId: 'pay', stage: 'plan', expectedAgents: ['claude', 'code'] })
    for (const agentName of ['claude', 'code']) {
      const agentId = `${agentName}-pay-again`
      await executions.spawn({ agentId, runId: 'pay-again', agentName, phaseType: 'regular-stage' })
    }
    at('2026-03-02T11:31:30.000Z')
    await executions.fail('claude-pay-again', { reason: 'extraction', message: 'cut short' })
    await executions.complete('code-pay-again', { response: '' })
    await runs.conclude('pay-again', {
      verdict: 'degraded',
      missingAgents: ['claude'],
      agreements: ['Keep a key'],
      conflicts: ['How often'],
    })
  })
  return world
}

describe('diff of two runs', () => {
  test('sets their agents, verdicts, agreements and conflicts side by side', async () => {
    const world = await aWorldPlannedTwice()

    expect(await world.run(['diff', 'pay-plan', 'pay-again'])).toEqual({
      code: 0,
      stderr: '',
      stdout: `   WHAT       BEFORE                AFTER
≠  run        pay-plan              pay-again
   spec       pay                   pay
   stage      plan                  plan
≠  branch     main
≠  state      unanimous             degraded
≠  started    2026-03-02 08:00 UTC  2026-03-02 11:30 UTC
≠  concluded  2026-03-02 08:07 UTC  2026-03-02 11:31 UTC
≠  expects    claude, gemini        claude, code
≠  missing                          claude
≠  labels     team=checkout
≠  pinned     yes
≠  events     10                    6

Agents
   NAME    BEFORE       TOOK  AFTER                  TOOK
≠  claude  completed      5m  failed (extraction)  1m 30s
≠  gemini  completed  5m 59s  not sent
≠  code    not sent           completed            1m 30s

Agreements
- Charge once
+ Keep a key

Conflicts
+ How often
`,
    })
  })

  test('loses what it gains the other way round', async () => {
    const world = await aWorldPlannedTwice()
    const { stdout } = await world.run(['diff', 'pay-again', 'pay-plan'])

    expect(stdout).toContain('\nAgreements\n- Keep a key\n+ Charge once\n\nConflicts\n- How often\n')
  })

  test('marks nothing between a run and itself, and is done nonetheless', async () => {
    const world = await aWorldPlannedTwice()
    const { code, stdout } = await world.run(['diff', 'pay-again', 'pay-again'])

    expect(code).toBe(0)
    expect(stdout).not.toContain('≠')
    expect(stdout).not.toContain('Agreements')
  })

  test('is one document for machines', async () => {
    const world = await aWorldPlannedTwice()

    expect(jsonLines((await world.run(['diff', 'pay-plan', 'pay-again', '--json'])).stdout)).toMatchObject([
      {
        before: { id: 'pay-plan', verdict: 'unanimous' },
        after: { id: 'pay-again', verdict: 'degraded' },
        agents: [
          { agentName: 'claude', before: { status: 'completed' }, after: { status: 'failed' } },
          { agentName: 'gemini', before: { status: 'completed' } },
          { agentName: 'code', after: { status: 'completed' } },
        ],
        agreements: { gained: ['Keep a key'], lost: ['Charge once'] },
        conflicts: { gained: ['How often'], lost: [] },
      },
    ])
  })

  test.each([[['pay-plan', 'nobody']], [['nobody', 'pay-plan']], [['nobody', 'pay-plan', '--json']]])(
    'says what is not there, with %j',
    async (runs) => {
      const world = await aWorldPlannedTwice()
      const { code, stdout, stderr } = await world.run(['diff', ...runs])

      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain('NOT_FOUND: There is no run nobody')
    },
  )
})

describe('diff of one run', () => {
  test('tells what happened between two points, and what that changed', async () => {
    const world = await aWorldPlannedTwice()

    expect(await world.run(['diff', 'pay-plan', '--from', '3', '--to', '9'])).toEqual({
      code: 0,
      stderr: '',
      stdout: `Run pay-plan, from event 3 to event 9

Events
#  AT (UTC)                 EVENT                WHAT
4  2026-03-02 08:05:00.000  execution.completed  claude-pay-plan: 15 bytes
5  2026-03-02 08:05:00.000  artifact.added       art-1: claude, 15 bytes
6  2026-03-02 08:06:00.000  execution.completed  gemini-pay-plan: 13 bytes
7  2026-03-02 08:06:00.000  artifact.added       art-2: gemini, 7 bytes
8  2026-03-02 08:07:00.000  synthesis.added      syn-1: unanimous, 21 bytes
9  2026-03-02 08:07:00.000  run.concluded        unanimous

Run
WHAT       BEFORE   AFTER
state      running  unanimous
concluded           2026-03-02 08:07 UTC
events     3        9

Agreements
+ Charge once

Executions
AGENT            NAME    BEFORE   AFTER
claude-pay-plan  claude  spawned  completed
gemini-pay-plan  gemini  spawned  completed

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

  test('is from the beginning to now unless told', async () => {
    const world = await aWorldPlannedTwice()

    expect((await world.run(['diff', 'find-plan'])).stdout).toBe(`Run find-plan, from the beginning to now

Events
#  AT (UTC)                 EVENT              WHAT
1  2026-03-02 10:00:00.000  run.started        find, plan
2  2026-03-02 10:00:00.000  execution.spawned  gemini-find-plan: gemini, regular-stage
3  2026-03-02 10:10:00.000  execution.failed   gemini-find-plan: extraction, The JSON is cut short
4  2026-03-02 10:10:00.000  run.abandoned

Run
WHAT     BEFORE  AFTER
spec             find
stage            plan
state            abandoned
started          2026-03-02 10:00 UTC
events           4

Executions
AGENT             NAME    BEFORE  AFTER
gemini-find-plan  gemini          failed (extraction)
`)
  })

  test.each([
    ['2', '4', [3, 4]],
    ['0', '2', [1, 2]],
    ['2026-03-02T09:00:00Z', '2026-03-02T09:00:01Z', [3]],
    ['2026-03-02', '2', [1, 2]],
    ['4', '2026-03-03', [5, 6]],
    ['6', '6', []],
    ['9', '99', []],
  ])('from %s to %s has these events: %j', async (from, to, sequences) => {
    const world = await aWorldPlannedTwice()
    const line = ['diff', 'pay-audit', '--from', from, '--to', to]
    const [told] = jsonLines((await world.run([...line, '--json'])).stdout)
    const { code, stdout } = await world.run(line)

    expect((told!.events as { sequence: number }[]).map(({ sequence }) => sequence)).toEqual(sequences)
    expect(code).toBe(0)
    expect(stdout.includes('Nothing happened in between.')).toBe(sequences.length === 0)
  })

  test('is one document for machines', async () => {
    const world = await aWorldPlannedTwice()
    const line = ['diff', 'pay-audit', '--from', '3', '--json']

    expect(jsonLines((await world.run(line)).stdout)).toMatchObject([
      {
        run: {
          before: { status: 'running' },
          after: { status: 'concluded', verdict: 'degraded' },
          members: expect.arrayContaining(['status', 'verdict', 'conflicts']),
        },
        executions: [
          { before: { status: 'spawned' }, after: { agentId: 'claude-pay-audit', status: 'completed' } },
          { before: { status: 'spawned' }, after: { agentId: 'code-pay-audit', status: 'timed-out' } },
        ],
        artifacts: [],
        syntheses: [],
      },
    ])
  })

  test.each([
    [['nobody'], 'NOT_FOUND: There is no run nobody'],
    [['pay-plan', '--to', '2026-03-01'], 'NOT_FOUND: There is no run pay-plan'],
    [['pay-plan', '--from', '5', '--to', '3'], 'INVALID: from must not lie behind to'],
  ])('refuses %j', async (line, problem) => {
    const world = await aWorldPlannedTwice()
    const { code, stdout, stderr } = await world.run(['diff', ...line])

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(problem)
  })

  test.each([
    [['pay-plan', 'pay-again', '--from', '0'], 'diff takes --from and --to with one run, not with two'],
    [['pay-plan', 'pay-again', '--to', '3'], 'diff takes --from and --to with one run, not with two'],
    [['pay-plan', '--to', '0'], '--to must be a sequence from 1 up or an instant like 2026-03-02,'],
    [
      ['pay-plan', '--from', 'yesterday'],
      '--from must be a sequence from 0 up or an instant like 2026-03-02,',
    ],
    [['pay-plan', '--from=-1'], '--from must be a sequence from 0 up'],
    [[], 'diff needs <run>'],
    [['a', 'b', 'c'], 'diff takes no "c"'],
  ])('is wrong usage with %j', async (line, problem) => {
    const world = await aWorldPlannedTwice()
    const { code, stdout, stderr } = await world.run(['diff', ...line])

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(problem)
  })
})
