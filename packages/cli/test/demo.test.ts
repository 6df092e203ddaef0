import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { aWorld, jsonLines } from './world.ts'

describe('demo', () => {
  test('tells a history of four runs on two screens at most', async () => {
    const { code, stdout, stderr } = await aWorld().run(['demo'])

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const told of [
      'Three agents plan the checkout, and agree',
      'runs.conclude        unanimous',
      'runs.conclude        degraded, without code',
      'executions.timeOut   code, after 20 minutes',
      'executions.fail      gemini, extraction: The JSON ends in the middle of a string',
      'gemini was not heard of again',
      'quality-gate, run checkout-audit-',
      'after event 9 of 15: running, 1 of 3 agents had answered',
      '46 events in 4 runs; 0 rows differ from their log',
    ]) {
      expect(stdout).toContain(told)
    }
    const lines = stdout.split('\n')
    expect(lines.length).toBeLessThan(66)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(112)
  })

  test('leaves a store behind on which the commands it names work', async () => {
    const world = aWorld()
    const { stdout } = await world.run(['demo'])
    const next = stdout.split('\n').filter((line) => line.startsWith('  consensus '))

    expect(next.length).toBeGreaterThan(5)
    for (const line of next) {
      const result = await world.run(line.trim().split(' ').slice(1))
      expect(result, line).toMatchObject({ code: 0, stderr: '' })
      expect(result.stdout, line).not.toBe('')
    }
    const store = ['--store', 'sqlite:./consensus-demo.db']
    expect((await world.run(['verify', ...store])).code).toBe(0)
    expect((await world.run(['stale', '--older-than', '30m', ...store])).stdout).toMatch(
      /^gemini-search-again-\S+ .* 50m$/m,
    )
  })

  test('adds new runs when it is played again', async () => {
    const world = aWorld()
    const ids = async () => {
      const store = ['--store', 'sqlite:./consensus-demo.db']
      return jsonLines((await world.run(['runs', '--json', ...store])).stdout).map(({ id }) => id)
    }
    await world.run(['demo'])
    const first = await ids()
    const again = await world.run(['demo'])

    expect(again.code).toBe(0)
    expect(again.stdout).toContain('There is a history already')
    expect(await ids()).toHaveLength(8)
    expect(await ids()).toEqual(expect.arrayContaining(first))
  })

  test('is one document for machines', async () => {
    const [told, ...rest] = jsonLines((await aWorld().run(['demo', '--json'])).stdout)

    expect(rest).toEqual([])
    expect(told).toMatchObject({
      store: 'sqlite:./consensus-demo.db',
      runs: [
        { specId: 'checkout', stage: 'plan', state: 'unanimous' },
        { specId: 'checkout', stage: 'audit', state: 'degraded' },
        { specId: 'search', stage: 'plan', state: 'failed' },
        { specId: 'search', stage: 'plan', state: 'running' },
      ],
    })
  })

  test('plays into the store it is given, and quotes it for a shell', async () => {
    const world = aWorld()
    const { stdout } = await world.run(['demo', '--store', "sqlite:it's here.db"])

    expect(stdout).toContain(`  consensus runs --store 'sqlite:it'\\''s here.db'\n`)
    expect(readdirSync(world.cwd)).toEqual(["it's here.db"])
  })

  test('plays into its own store even when another is the default', async () => {
    const world = aWorld()
    await world.write((store) => store.runs.start({ id: 'theirs', specId: 's', stage: 'plan' }))
    const before = readFileSync(world.path('consensus.db'))
    await world.run(['demo'], { env: { CONSENSUS_STORE: 'sqlite:consensus.db' } })

    expect(readFileSync(world.path('consensus.db'))).toEqual(before)
    expect(readdirSync(world.cwd)).toContain('consensus-demo.db')
  })

  test('leaves nothing behind in memory, and says so', async () => {
    const world = aWorld()
    const { code, stdout } = await world.run(['demo', '--store', 'memory:'])

    expect(code).toBe(0)
    expect(stdout).toContain('The store was in memory and is gone now')
    expect(readdirSync(world.cwd)).toEqual([])
  })
})
