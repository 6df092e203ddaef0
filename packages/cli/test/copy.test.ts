import { existsSync } from 'node:fs'
import { type ConsensusStore, intercept } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { sqliteStore } from '@consensus-store/sqlite'
import { describe, expect, test } from 'vitest'
import { HISTORIES } from './histories.ts'
import { aHistory } from './history.ts'
import { writeFiles } from './import-sources.ts'
import { aDatabase } from './postgres.ts'
import { aWorld } from './world.ts'

type World = ReturnType<typeof aWorld>

async function copied(world: World, from: string, to: string, ...more: string[]) {
  const { code, stdout, stderr } = await world.run(['copy', '--from', from, '--to', to, '--json', ...more])
  return { code, stderr, ...JSON.parse(stdout) }
}

const exported = async (world: World, store: string) => (await world.run(['export', '--store', store])).stdout

const counts = (runs: object) => ({ read: 0, copied: 0, extended: 0, skipped: 0, refused: 0, ...runs })

const HERE = 'sqlite:consensus.db'

describe('copy', () => {
  test('brings a history from SQLite to Postgres and back, to the byte', async () => {
    const world = aWorld()
    const url = await aDatabase()
    await world.write(aHistory)

    const all = { refusals: [], runs: counts({ read: 4, copied: 4 }), compared: 4, differing: [] }
    expect(await copied(world, HERE, url)).toEqual({ code: 0, stderr: '', ...all })
    expect(await copied(world, url, 'sqlite:back.db')).toEqual({ code: 0, stderr: '', ...all })
    expect(await exported(world, url)).toBe(await exported(world, HERE))
    expect(await exported(world, 'sqlite:back.db')).toBe(await exported(world, HERE))
    expect((await world.run(['verify', '--store', url])).code).toBe(0)
  })

  test('says what it did, and again finds it done', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const line = ['copy', '--to', 'sqlite:other.db']

    expect((await world.run(line)).stdout).toMatch(
      /^Copied 4 runs to sqlite:other\.db, brought 0 up to date, found 0 there already: [\d.]+ s, [\d,]+ runs a second\.\nCompared 4 runs, 23 events: nothing differs\.\n$/,
    )
    expect((await world.run(line)).stdout).toBe(
      'Copied 0 runs to sqlite:other.db, brought 0 up to date, found 4 there already.\n' +
        'Compared 4 runs, 23 events: nothing differs.\n',
    )
    expect((await world.run([...line, '--no-compare', '--json'])).stdout).toBe(
      `${JSON.stringify({ runs: counts({ read: 4, skipped: 4 }), refusals: [], compared: null, differing: [] })}\n`,
    )
  })

  test('again copies what is new, and brings up what went on', async () => {
    const world = aWorld()
    const url = await aDatabase()
    await world.write(aHistory)
    await copied(world, HERE, url)
    await world.write(async ({ runs, executions }) => {
      await executions.complete('gemini-find-again', { response: 'at last' })
      await runs.start({ id: 'new', specId: 'find', stage: 'plan' })
    })

    expect(await copied(world, HERE, url)).toMatchObject({
      code: 0,
      runs: counts({ read: 5, copied: 1, extended: 1, skipped: 3 }),
    })
    expect(await exported(world, url)).toBe(await exported(world, HERE))
  })

  test('copies between stores of any kind', async () => {
    const stores = { one: memoryStore(), two: memoryStore() }
    await aHistory(stores.one, () => {})
    const kept = (store: ConsensusStore) => async () =>
      intercept(store, async (operation, call) => (operation === 'close' ? (undefined as never) : call()))
    const { code } = await aWorld().run(['copy', '--from', 'one:', '--to', 'two:'], {
      backends: { one: kept(stores.one), two: kept(stores.two) },
    })

    expect(code).toBe(0)
    expect((await stores.two.runs.list()).items).toHaveLength(4)
  })

  test('copies what is in memory nowhere', async () => {
    const world = aWorld()
    await world.write(aHistory)

    expect((await world.run(['copy', '--to', 'memory:'])).stdout).toContain('Compared 4 runs')
  })

  test('exits with 1 and names the run that took another turn, and copies the others', async () => {
    const world = aWorld()
    await world.write(aHistory)
    await using other = await sqliteStore({ path: world.path('other.db') })
    await other.runs.start({ id: 'pay-audit', specId: 'elsewhere', stage: 'plan' })
    await other.runs.start({ id: 'mine', specId: 'elsewhere', stage: 'plan' })
    const result = await copied(world, HERE, 'sqlite:other.db')

    expect(result).toMatchObject({
      code: 1,
      runs: counts({ read: 4, copied: 3, refused: 1 }),
      refusals: [{ runId: 'pay-audit', code: 'CONFLICT' }],
      compared: 5,
    })
    expect(result.differing).toEqual(
      expect.arrayContaining([
        { runId: 'pay-audit', how: 'other' },
        { runId: 'mine', how: 'extra' },
      ]),
    )
    const { code, stdout } = await world.run(['copy', '--to', 'sqlite:other.db'])
    expect(code).toBe(1)
    expect(stdout).toContain('Refused 1 run:')
    expect(stdout).toMatch(/pay-audit +CONFLICT: Run pay-audit is stored with another log/)
    expect(stdout).toMatch(/mine +extra +only the destination has it/)
  })

  test('of a store in use picks up what is written meanwhile', async () => {
    const world = aWorld()
    const url = await aDatabase()
    await world.write(async (store) => {
      for (let i = 0; i < 150; i++) await aRunWithAnswer(store, `r${i}`)
    })
    await using store = await sqliteStore({ path: world.path('consensus.db') })
    let ended = false
    const writing = (async () => {
      for (let i = 0; !ended; i++) {
        await store.runs.pin(`r${i % 150}`)
        await store.runs.unpin(`r${i % 150}`)
        if (i % 10 === 0) await aRunWithAnswer(store, `live ${i}`)
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    })()
    const first = await copied(world, HERE, url, '--no-compare')
    ended = true
    await writing

    expect(first).toMatchObject({ code: 0, runs: { refused: 0 } })
    expect(await copied(world, HERE, url)).toMatchObject({ code: 0, differing: [] })
    expect(await exported(world, url)).toBe(await exported(world, HERE))
    expect((await world.run(['verify', '--store', url])).code).toBe(0)
  })

  test('that is compared while the source is in use copies what lags before it complains', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const from = await sqliteStore({ path: world.path('consensus.db') })
    const to = await sqliteStore({ path: world.path('other.db') })
    let reads = 0
    // Something happens in the source just before it is read for the comparison.
    const busy = intercept(from, async (operation, call) => {
      if (operation === 'runs.list' && reads++ === 0) {
        await from.runs.pin('pay-audit')
        await from.runs.start({ id: 'late', specId: 'find', stage: 'plan' })
      }
      return call()
    })
    const { code, stdout } = await world.run(['copy', '--from', 'busy:', '--to', 'other:', '--json'], {
      backends: { busy: async () => busy, other: async () => to },
    })

    expect({ code, ...JSON.parse(stdout) }).toMatchObject({
      code: 0,
      runs: counts({ read: 5, copied: 5, extended: 1 }),
      compared: 5,
      differing: [],
    })
  })

  test.each([
    [['copy'], 'copy needs --to <url>'],
    [['copy', '--to', HERE, '--from', HERE], 'copy needs two stores'],
    [['copy', '--to', 'elsewhere:x'], 'There are no elsewhere: stores'],
  ])('is wrong usage as %j', async (line, problem) => {
    const world = aWorld()
    await world.write(aHistory)
    const { code, stderr } = await world.run(line)

    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(problem) })
  })

  test('makes no destination when there is no source', async () => {
    const world = aWorld()

    expect((await world.run(['copy', '--to', 'sqlite:other.db'])).stderr).toContain('UNAVAILABLE')
    expect(existsSync(world.path('other.db'))).toBe(false)
  })

  test('shows on a terminal how far it is, and how fast', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const { stderr } = await world.run(['copy', '--to', 'memory:'], { columns: 80 })

    expect(stderr).toMatch(/Copying runs \d \([\d,]+\/s\)/)
    expect(stderr).toMatch(/Comparing runs \d \([\d,]+\/s\)/)
    expect(stderr.endsWith('\r\u001b[K')).toBe(true)
  })
})

describe('a history that was imported', () => {
  const sameAfterwards = async (world: World, paths: readonly string[]) => {
    const url = await aDatabase()
    for (const path of paths) await world.run(['import', path])
    const result = await copied(world, HERE, url)

    expect(result).toMatchObject({ code: 0, refusals: [], differing: [] })
    expect(result.compared).toBeGreaterThan(0)
    expect(await exported(world, url)).toBe(await exported(world, HERE))
    expect((await world.run(['verify', '--store', url])).code).toBe(0)
  }

  test.skipIf(!HISTORIES)('from real evidence and databases exports the same from Postgres', async () => {
    await sameAfterwards(
      aWorld(),
      ['evidence', 'legacy/original.db', 'legacy/normalized-v2.db', 'legacy/prd-910.db'].map(
        (name) => `${HISTORIES}/${name}`,
      ),
    )
  })

  test('from evidence made for it exports the same from Postgres', async () => {
    const world = aWorld()
    const proposals = [
      '{"a": [-0, 1e21]}',
      '',
      'not { JSON',
      'U+0000 \0 and half a pair \ud800',
      '漢字 😀',
    ].map((content, i) => ({ agent_name: `agent ${i}`, content, created_at: `2025-11-10 03:26:3${i}` }))
    const stages = Array.from({ length: 30 }, (_, i) => [
      `evidence/S-${i}/spec-plan_verdict.json`,
      { spec_id: `S-${i}`, stage: 'plan', proposals, exported_at: '2025-11-10T03:26:40Z' },
    ])
    writeFiles(world.cwd, Object.fromEntries(stages))

    await sameAfterwards(world, ['evidence'])
  })
})

async function aRunWithAnswer(store: ConsensusStore, id: string): Promise<void> {
  await store.runs.start({ id, specId: 's', stage: 'plan' })
  await store.executions.spawn({ agentId: id, runId: id, agentName: 'a', phaseType: 'regular-stage' })
  await store.executions.complete(id, { response: `answer of ${id}` })
}
