import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { aHistory } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

async function aWorldWithHistory() {
  const world = aWorld()
  await world.write(aHistory)
  return world
}

/** Runs a command whose reader is gone before it prints anything, as in `consensus … | true`. */
function unread(world: ReturnType<typeof aWorld>, argv: readonly string[], now?: Date) {
  const stdout = new PassThrough()
  stdout.destroy()
  return world.run(argv, { stdout, ...(now && { now }) })
}

describe('a command whose output nobody reads', () => {
  test('ends with 0 where it was only to print', async () => {
    const world = await aWorldWithHistory()
    for (const argv of [['runs'], ['show', 'pay-plan'], ['export'], ['stale', '--older-than', '1m']])
      expect(await unread(world, argv)).toMatchObject({ code: 0, stderr: '' })
  })

  test('still says by its exit code that there is something to do', async () => {
    const world = await aWorldWithHistory()
    const later = new Date('2026-03-02T13:00:00Z')
    expect((await world.run(['health'], { now: later })).code).toBe(1)

    for (const options of [[], ['--json']])
      expect(await unread(world, ['health', ...options], later)).toMatchObject({ code: 1, stderr: '' })
  })

  test('does all it was told to', async () => {
    const world = await aWorldWithHistory()
    expect((await unread(world, ['archive', 'pay-plan', 'pay-audit', 'find-plan'])).code).toBe(1)
    const archives = jsonLines((await world.run(['archives', '--json'])).stdout)
    expect(archives.map(({ runId }) => runId).sort()).toEqual(['find-plan', 'pay-audit'])

    expect((await unread(world, ['archives', 'restore', 'pay-audit', 'find-plan'])).code).toBe(0)
    expect((await world.run(['archives', '--json'])).stdout).toBe('')
    expect((await unread(world, ['delete', 'pay-audit', 'find-plan'])).code).toBe(0)
    expect((await unread(world, ['stale', '--time-out', '--older-than', '1m'])).code).toBe(0)
    expect((await unread(world, ['abandon', 'find-again'])).code).toBe(0)
    const left = jsonLines((await world.run(['runs', '--json'])).stdout)
    expect(left.map(({ id, status }) => [id, status])).toEqual([
      ['find-again', 'abandoned'],
      ['pay-plan', 'concluded'],
    ])
    expect((await world.run(['stale', '--older-than', '1m'])).stdout).toBe('')
  })
})
