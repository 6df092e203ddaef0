import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type ConsensusStore, intercept, StoreError } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { sqliteStore } from '@consensus-store/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
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
      stdout: 'Nothing was done: another machine is at it until 2026-05-01T12:01:00.000Z, or longer.\n',
      stderr: '',
    })
  })

  test.each([['upkeep'], ['retention']])(
    'fails while somebody else has the chore %s, when told what to do',
    async (held) => {
      const store = memoryStore({ env: { now: () => LATER.now, newId: () => 'id' } })
      await store.chores.take(held, 'another machine', 60_000)
      const backends = { shared: async () => unclosed(store) }
      const argv = ['upkeep', '--store', 'shared:', '--only', 'retention', '--wait', '0s']
      const { code, stderr } = await aWorld().run(argv, { ...LATER, backends })

      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: 'error: retention was not done: somebody else is at it.\n',
      })
    },
  )

  test('waits for its turn', async () => {
    let now = LATER.now
    const store = memoryStore({ env: { now: () => now, newId: () => 'id' } })
    await store.chores.take('upkeep', 'another machine', 60_000)
    let asked = 0
    const watched = intercept(unclosed(store), (operation, call) => {
      if (operation === 'chores.take' && ++asked === 2) now = new Date(now.getTime() + 60_000)
      return call()
    })
    const argv = ['upkeep', '--store', 'shared:', '--only', 'reclaim', '--wait', '1m']
    const { code, stdout } = await aWorld().run(argv, { ...LATER, backends: { shared: async () => watched } })

    expect(code).toBe(0)
    expect(stdout).toMatch(/^reclaim +done/m)
  })

  test('that is interrupted lets others in, and exits with 130', async () => {
    const stop = new AbortController()
    const store = memoryStore({ env: { now: () => LATER.now, newId: () => 'id' } })
    const interrupted = intercept(store, (operation, call) => {
      if (operation === 'reclaim') stop.abort()
      return call()
    })
    let left: unknown
    const closing: ConsensusStore = {
      ...interrupted,
      async close() {
        left = await store.chores.list()
      },
    }
    const backends = { mine: async () => closing }
    const argv = ['upkeep', '--store', 'mine:', '--only', 'reclaim']

    expect(await aWorld().run(argv, { ...LATER, backends, signal: stop.signal })).toEqual({
      code: 130,
      stdout: '',
      stderr: '',
    })
    const given = new Date(LATER.now.getTime() + 1)
    expect(left).toMatchObject([
      { name: 'reclaim', heldUntil: given, last: undefined },
      { name: 'upkeep', heldUntil: given, last: undefined },
    ])
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'in a process that ends by %s lets others in, and exits with %d',
    { timeout: 60_000 },
    async (signal, code) => {
      const world = aWorld()
      const path = world.path('consensus.db')
      await using store = await sqliteStore({
        path,
        env: { now: () => new Date('2026-01-01'), newId: randomUUID },
      })
      for (let i = 0; i < 300; i++) {
        const { id } = await store.runs.start({ specId: 'S', stage: 'plan' })
        await store.artifacts.add({ runId: id, agentName: 'code', content: 'x'.repeat(20_000) })
        await store.runs.conclude(id, { verdict: 'unanimous' })
      }
      await using seen = await sqliteStore({ path })
      const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url))
      const child = spawn(process.execPath, [bin, 'upkeep', '--only', 'retention'], {
        cwd: world.cwd,
        stdio: 'ignore',
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      const ended = once(child, 'close')
      const holderOf = async (chore: string) =>
        (await seen.chores.list()).find(({ name }) => name === chore)?.holder
      while ((await holderOf('retention')) === undefined) await sleep(2)
      // It cannot be done before it is told to end.
      await seen.transaction(async (tx) => {
        await tx.runs.start({ id: 'meanwhile', specId: 'S', stage: 'plan' })
        child.kill(signal)
      })

      expect(await ended).toEqual([code, null])
      await sleep(2)
      expect([await holderOf('upkeep'), await holderOf('retention')]).toEqual([undefined, undefined])
      const { stdout } = await world.run(['upkeep', '--only', 'retention', '--json'], { now: new Date() })
      expect(jsonLines(stdout)).toMatchObject([{ done: [{ chore: 'retention', outcome: { ok: true } }] }])
    },
  )

  test.each([
    [['--only', 'cleaning'], '--only takes backup, retention, reclaim'],
    [['--only', 'backup'], '--only backup needs --backup'],
    [['--keep', '0'], '--keep'],
    [['--keep', '3'], '--keep goes with --backup'],
    [['--backup', 'b', '--only', 'retention'], '--backup is for the chore backup'],
    [['--folder', 'f', '--only', 'reclaim'], '--folder is for the chore retention'],
    [['--delete-after', '90', '--only', 'reclaim'], '--delete-after is for the chore retention'],
    [['--force', '--backup', 'b', '--only', 'backup'], '--force is for the chore retention'],
    [['--convert', '--only', 'retention'], '--convert is for the chore reclaim'],
    [['--wait', 'long'], '--wait must be a time'],
    [['--archive-after', 'soon'], '--archive-after'],
  ])('called with %j is wrong usage', async (argv, message) => {
    const { code, stderr } = await aWorld().run(['upkeep', '--store', 'memory:', ...argv])

    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})

describe('what a verb does by itself', () => {
  const chores = async (world: ReturnType<typeof aWorld>) => {
    const [health] = jsonLines((await world.run(['health', '--json'], LATER)).stdout)
    return health!.chores as readonly { readonly name: string; readonly last: unknown }[]
  }

  test('is known to health as if upkeep had done it', async () => {
    const world = await anOldWorld()
    await world.run(['backup', 'b'], LATER)
    await world.run(['retention', 'apply', '--delete-after', '365'], LATER)
    await world.run(['reclaim'], LATER)

    expect(await chores(world)).toMatchObject([
      { name: 'backup', last: { ok: true, summary: { file: world.path('b'), runs: 4 } } },
      { name: 'reclaim', last: { ok: true, summary: { converted: false } } },
      {
        name: 'retention',
        last: { ok: true, summary: { archived: 2, policy: JSON.stringify({ deleteAfterDays: 365 }) } },
      },
    ])
  })

  test('clears what health found of a failure', async () => {
    const world = await anOldWorld()
    await world.run(['backup', 'no such folder/b'], LATER)
    const failed = /^warning: backup: The chore backup failed the last time: UNAVAILABLE/m
    expect((await world.run(['health'], LATER)).stdout).toMatch(failed)
    await world.run(['backup', 'b'], LATER)

    expect((await world.run(['health'], LATER)).stdout).not.toMatch(/^warning: backup:/m)
  })

  test('is done when the store can keep nothing of it, and says so', async () => {
    const full = async (): Promise<ConsensusStore> =>
      intercept(memoryStore(), (operation, call) =>
        operation.startsWith('chores.') ? Promise.reject(new StoreError('FULL', 'There is no room')) : call(),
      )
    const world = aWorld()
    const { code, stderr } = await world.run(['backup', 'b', '--store', 'full:'], { backends: { full } })

    expect(code).toBe(0)
    expect(stderr).toContain('warning: health will not know of this backup: There is no room')
    expect(existsSync(world.path('b'))).toBe(true)
  })
})

const unclosed = (store: ConsensusStore): ConsensusStore => ({ ...store, close: async () => {} })
