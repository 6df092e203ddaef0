import { describe, expect, test } from 'vitest'
import { aHistory } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

async function aWorldWithHistory() {
  const world = aWorld()
  await world.write(aHistory)
  return world
}

const runIn = async (world: ReturnType<typeof aWorld>) =>
  jsonLines((await world.run(['runs', '--json'])).stdout).map(({ id }) => id)

describe('delete', () => {
  test('deletes the runs that are named, says so, and leaves the others', async () => {
    const world = await aWorldWithHistory()

    expect(await world.run(['delete', 'pay-audit', 'find-plan'])).toEqual({
      code: 0,
      stdout: 'Deleted pay-audit and 2 agents.\nDeleted find-plan and 1 agent.\n',
      stderr: '',
    })
    expect(await runIn(world)).toEqual(['find-again', 'pay-plan'])
    expect((await world.run(['route', 'code-pay-audit'])).code).toBe(1)
    expect((await world.run(['verify'])).code).toBe(0)
  })

  test('gives machines what was deleted, one object per run', async () => {
    const world = await aWorldWithHistory()
    const { stdout } = await world.run(['delete', 'pay-audit', 'nobody', 'find-plan', '--json'])

    expect(jsonLines(stdout)).toEqual([
      { id: 'pay-audit', agentIds: ['claude-pay-audit', 'code-pay-audit'] },
      { id: 'find-plan', agentIds: ['gemini-find-plan'] },
    ])
  })

  test('says why a run stays, goes on with the others, and exits with 1', async () => {
    const world = await aWorldWithHistory()

    expect(await world.run(['delete', 'pay-plan', 'find-again', 'find-plan'])).toEqual({
      code: 1,
      stdout: 'Deleted find-plan and 1 agent.\n',
      stderr: 'error: CONFLICT: Run pay-plan is pinned\nerror: CONFLICT: Run find-again is running\n',
    })
    expect(await runIn(world)).toEqual(['find-again', 'pay-audit', 'pay-plan'])
  })

  test('names the agent that a run waits for', async () => {
    const world = await aWorldWithHistory()
    await world.write(({ runs }) => runs.abandon('find-again'))

    expect(await world.run(['delete', 'find-again'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: CONFLICT: Run find-again still waits for agent gemini-find-again, which is running\n',
    })
  })

  test('may be repeated: a run that is not there is no failure', async () => {
    const world = await aWorldWithHistory()
    await world.run(['delete', 'find-plan'])

    expect(await world.run(['delete', 'find-plan'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'There is no run find-plan.\n',
    })
  })

  test('ends at an id that cannot be one', async () => {
    const world = await aWorldWithHistory()
    const { code, stderr } = await world.run(['delete', ''])

    expect(code).toBe(1)
    expect(stderr).toContain('INVALID: id must not be empty')
  })

  test('makes no store where there is none', async () => {
    const { code, stderr } = await aWorld().run(['delete', 'pay-plan'])

    expect(code).toBe(1)
    expect(stderr).toContain('UNAVAILABLE')
  })
})
