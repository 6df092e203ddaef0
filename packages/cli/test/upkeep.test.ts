import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import type { ConsensusStore } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { describe, expect, test } from 'vitest'
import { aHistory } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

const LATER = { now: new Date('2026-05-01T12:00:00.000Z') }

async function anOldWorld() {
  const world = aWorld()
  await world.write(aHistory)
  return world
}

describe('upkeep', () => {
  test('applies retention and gives space back, and says what came of it', async () => {
    const world = await anOldWorld()
    const { code, stdout, stderr } = await world.run(['upkeep'], LATER)

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^CHORE +OUTCOME +ENDED \(UTC\) +TOOK +HELD BY +WHAT/)
    expect(stdout).toMatch(/^retention +done +2026-05-01 12:00 +\S+ +archived 2, /m)
    expect(stdout).toMatch(/^reclaim +done /m)
    expect(stdout).not.toMatch(/^backup/m)
    const runs = jsonLines((await world.run(['runs', '--json'], LATER)).stdout)
    expect(runs.filter(({ archivedAt }) => archivedAt).map(({ id }) => id)).toEqual([
      'find-plan',
      'pay-audit',
    ])
  })

  test('makes a backup first when told where', async () => {
    const world = await anOldWorld()
    mkdirSync(world.path('backups'))
    const argv = ['upkeep', '--json', '--backup', 'backups/store', '--keep', '2']
    const [round] = jsonLines((await world.run(argv, LATER)).stdout)
    await world.run(argv, LATER)

    expect(round).toMatchObject({
      done: [
        { chore: 'backup', outcome: { ok: true, summary: { runs: 4 } } },
        { chore: 'retention' },
        { chore: 'reclaim' },
      ],
    })
    expect(['store', 'store.1', 'store.2'].map((name) => existsSync(world.path(`backups/${name}`)))).toEqual([
      true,
      true,
      false,
    ])
  })

  test('goes by the policy it is given, and keeps archives in a folder too', async () => {
    const world = await anOldWorld()
    mkdirSync(world.path('archives'))
    writeFileSync(
      world.path('policy.json'),
      JSON.stringify({ overrides: [{ stage: 'audit', archiveAfterDays: 80 }] }),
    )
    const argv = [
      'upkeep',
      '--json',
      '--only',
      'retention',
      '--policy',
      'policy.json',
      '--folder',
      'archives',
    ]
    const [round] = jsonLines((await world.run(argv, LATER)).stdout)

    expect(round).toMatchObject({ done: [{ chore: 'retention', outcome: { summary: { archived: 1 } } }] })
    expect(existsSync(world.path('archives/manifest.jsonl'))).toBe(true)
  })

  test('names what failed, does the rest, and exits with 1', async () => {
    const world = await anOldWorld()
    const { code, stdout, stderr } = await world.run(['upkeep', '--backup', 'no such folder/store'], LATER)

    expect(code).toBe(1)
    expect(stdout).toMatch(/^backup +failed /m)
    expect(stdout).toMatch(/^retention +done /m)
    expect(stderr).toMatch(/^error: backup: UNAVAILABLE: /)
    expect((await world.run(['health'], LATER)).stdout).toMatch(/^warning: backup: The chore backup failed/m)
  })

  test('does nothing while somebody else is at it, which is no failure', async () => {
    const store = memoryStore({ env: { now: () => LATER.now, newId: () => 'id' } })
    await store.chores.take('upkeep', 'another machine', 60_000)
    const backends = { shared: async () => unclosed(store) }

    expect(await aWorld().run(['upkeep', '--store', 'shared:'], { ...LATER, backends })).toEqual({
      code: 0,
      stdout: 'Nothing was done: another machine is at it.\n',
      stderr: '',
    })
  })

  test.each([
    [['--only', 'cleaning'], '--only takes backup, retention, reclaim'],
    [['--only', 'backup'], '--only backup needs --backup'],
    [['--keep', '0'], '--keep'],
    [['--archive-after', 'soon'], '--archive-after'],
  ])('called with %j is wrong usage', async (argv, message) => {
    const { code, stderr } = await aWorld().run(['upkeep', '--store', 'memory:', ...argv])

    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})

const unclosed = (store: ConsensusStore): ConsensusStore => ({ ...store, close: async () => {} })
