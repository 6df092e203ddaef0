import { describe, expect, test } from 'vitest'
import { aHistory } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

/** A world with a history, and two who follow it. */
async function aFollowedWorld() {
  const world = aWorld()
  await world.write(async (store, clock) => {
    await aHistory(store, clock)
    await store.cursors.save('slow', 3)
    await store.cursors.save('at the end', await store.events.position())
  })
  return world
}

describe('cursors', () => {
  test('lists who follows, how far they are, and how far behind', async () => {
    const world = await aFollowedWorld()
    const { code, stdout, stderr } = await world.run(['cursors'])
    const [titles, ...lines] = stdout.trimEnd().split('\n')

    expect([code, stderr]).toEqual([0, ''])
    expect(titles).toMatch(/^CURSOR +POSITION +BEHIND +SAVED \(UTC\)$/)
    expect(lines).toEqual([
      expect.stringMatching(/^at the end +(\d+) +0 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/),
      expect.stringMatching(/^slow +3 +[1-9]\d* +\S+ \S+$/),
    ])
  })

  test('gives machines one object per cursor, and nothing where there is none', async () => {
    const world = await aFollowedWorld()
    expect(jsonLines((await world.run(['cursors', '--json'])).stdout)).toMatchObject([
      { name: 'at the end' },
      { name: 'slow', position: 3, savedAt: expect.any(String) },
    ])

    const empty = aWorld()
    await empty.write(async () => {})
    expect(await empty.run(['cursors', '--json'])).toEqual({ code: 0, stdout: '', stderr: '' })
    expect((await empty.run(['cursors'])).stderr).toBe('No cursors.\n')
  })

  test('lists every one of more than a page', async () => {
    const world = aWorld()
    const names = Array.from({ length: 1_001 }, (_, i) => `cursor ${String(i).padStart(4, '0')}`)
    await world.write(async ({ cursors }) => {
      await Promise.all(names.map((name) => cursors.save(name, 1)))
    })

    const { stdout } = await world.run(['cursors', '--json'])
    expect(jsonLines(stdout).map(({ name }) => name)).toEqual(names)
  })

  test('deletes those that are named, and may be repeated', async () => {
    const world = await aFollowedWorld()

    expect(await world.run(['cursors', 'delete', 'slow', 'nobody'])).toEqual({
      code: 0,
      stdout: 'Deleted slow, which was at position 3.\n',
      stderr: 'There is no cursor nobody.\n',
    })
    expect(await world.run(['cursors', 'delete', 'slow', '--json'])).toMatchObject({ code: 0, stdout: '' })
    expect(jsonLines((await world.run(['cursors', '--json'])).stdout)).toMatchObject([{ name: 'at the end' }])
  })

  test('takes nothing else', async () => {
    const world = await aFollowedWorld()

    expect((await world.run(['cursors', 'remove', 'slow'])).code).toBe(2)
    expect((await world.run(['cursors', 'delete'])).code).toBe(2)
    expect((await world.run(['cursors', 'delete', 'a\u0007b'])).code).toBe(1)
    expect(jsonLines((await world.run(['cursors', '--json'])).stdout)).toHaveLength(2)
  })
})
