import { type Bundle, fold, type LogEntry } from '@consensus-store/core'
import { describe, expect, test } from 'vitest'
import { aWorld, jsonLines } from './world.ts'

/** An abandoned run that was pinned and unpinned so often that its log is long. */
function aLongRun(id: string): Bundle {
  const at = new Date('2026-03-02T08:00:00.000Z')
  const turns = Array.from({ length: 1_000 }, (_, i): LogEntry => {
    return { sequence: i + 2, type: i % 2 ? 'run.unpinned' : 'run.pinned', at, data: {} }
  })
  const events: readonly LogEntry[] = [
    {
      sequence: 1,
      type: 'run.started',
      at,
      data: { specId: 'S', stage: 'plan', expectedAgents: [], labels: {} },
    },
    ...turns,
    { sequence: 1_002, type: 'run.abandoned', at, data: {} },
  ]
  return { run: fold(id, events).run, executions: [], artifacts: [], syntheses: [], events }
}

const aWorldOfLongRuns = async () => {
  const world = aWorld()
  await world.write(async ({ runs }) => {
    for (const id of ['one', 'other']) await runs.record(aLongRun(id))
  })
  return world
}

describe('forget', () => {
  test('deletes what replays left of one run, or of all', async () => {
    const world = await aWorldOfLongRuns()
    for (const run of ['one', 'other']) await world.run(['replay', run, '--state'])

    expect(await world.run(['forget', 'one'])).toEqual({
      code: 0,
      stdout: 'Deleted 1 snapshot.\n',
      stderr: '',
    })
    expect((await world.run(['forget', 'one'])).stdout).toBe('Deleted 0 snapshots.\n')
    expect(jsonLines((await world.run(['forget', '--json'])).stdout)).toEqual([{ snapshots: 1 }])
  })

  test('changes no answer', async () => {
    const world = await aWorldOfLongRuns()
    const state = () => world.run(['replay', 'one', '--state', '--json'])
    const first = await state()
    const again = await state()
    await world.run(['forget'])

    expect(again).toEqual(first)
    expect(await state()).toEqual(first)
    expect((await world.run(['verify'])).code).toBe(0)
  })
})

describe('replay --log-only', () => {
  test('leaves no snapshot, and says the same', async () => {
    const world = await aWorldOfLongRuns()
    const alone = await world.run(['replay', 'one', '--state', '--log-only'])

    expect((await world.run(['forget'])).stdout).toBe('Deleted 0 snapshots.\n')
    expect(await world.run(['replay', 'one', '--state'])).toEqual(alone)
  })

  test('goes with --state', async () => {
    const { code, stderr } = await aWorld().run(['replay', 'one', '--log-only'])
    expect(code).toBe(2)
    expect(stderr).toContain('--log-only goes with --state')
  })
})
