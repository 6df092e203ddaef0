import { redisService } from '@consensus-store/conformance/services'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aHistory } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

/** The URL of an empty Redis database, which goes when the test ends. */
async function aRedis(): Promise<string> {
  const service = await redisService()
  const database = await service.database()
  onTestFinished(async () => {
    await database.drop()
    await service.stop()
  })
  return database.url
}

/** Nothing listens there. */
const NOWHERE = 'redis://default:secret@127.0.0.1:1/0'

async function aWorldWithHistory() {
  const world = aWorld()
  await world.write(aHistory)
  return world
}

type World = ReturnType<typeof aWorld>

/** Who was asked for an agent's route, and who answered. */
async function asked(world: World, agent: string, ...options: string[]) {
  const { stdout } = await world.run(['route', agent, '--explain', '--json', ...options])
  const [explained] = jsonLines(stdout)
  const steps = explained!.steps as { tier: string; answered: boolean; ms: number }[]
  for (const { ms } of steps) expect(ms).toBeGreaterThanOrEqual(0)
  return steps.map(({ tier, answered }) => (answered ? `${tier}!` : tier))
}

describe('--cache', () => {
  test('gives every verb the same answers, and keeps routes for the next command', async () => {
    const world = await aWorldWithHistory()
    const redis = await aRedis()
    const bare = await world.run(['route', 'claude-pay-plan'])

    expect(await asked(world, 'claude-pay-plan', '--cache', redis)).toEqual(['redis', 'store!'])
    expect(await world.run(['route', 'claude-pay-plan', '--cache', redis])).toEqual(bare)
    expect(await asked(world, 'claude-pay-plan', '--cache', redis)).toEqual(['redis!'])
    expect(await world.run(['route', 'claude-pay-plan', '--cache', redis])).toEqual(bare)
    for (const verb of ['runs', 'executions', 'failures', 'verify']) {
      expect(await world.run([verb, '--cache', redis])).toEqual(await world.run([verb]))
    }
  })

  test('takes away what is deleted', async () => {
    const world = await aWorldWithHistory()
    const redis = await aRedis()
    await world.run(['route', 'claude-pay-audit', '--cache', redis])
    expect((await world.run(['delete', 'pay-audit', '--cache', redis])).code).toBe(0)

    expect(await asked(world, 'claude-pay-audit', '--cache', redis)).toEqual(['redis', 'store!'])
    expect((await world.run(['route', 'claude-pay-audit', '--cache', redis])).code).toBe(1)
  })

  test('is taken from CONSENSUS_CACHE too', async () => {
    const world = await aWorldWithHistory()
    const env = { CONSENSUS_CACHE: await aRedis() }
    await world.run(['route', 'claude-pay-plan'], { env })
    const { stdout } = await world.run(['route', 'claude-pay-plan', '--explain'], { env })

    expect(stdout).toMatch(
      /^AGENT +ASKED +MS +ANSWER\nclaude-pay-plan +redis +\d+\.\d\d +run pay-plan, regular-stage\n$/,
    )
  })

  test('never keeps an answer away, and health says what is wrong without the password', async () => {
    const world = await aWorldWithHistory()
    const bare = await world.run(['route', 'claude-pay-plan'])
    expect(await world.run(['route', 'claude-pay-plan', '--cache', NOWHERE])).toEqual(bare)
    expect(await asked(world, 'claude-pay-plan', '--cache', NOWHERE)).toEqual(['redis', 'store!'])

    const { stdout, stderr } = await world.run(['health', '--cache', NOWHERE])
    expect(stdout).toContain('127.0.0.1:1')
    expect(stdout + stderr).not.toContain('secret')
  })

  test.each(['localhost:6379', 'http://localhost:6379', 'redis://', '://default:secret@host'])(
    'is refused as %s, which is no Redis',
    async (url) => {
      const world = await aWorldWithHistory()
      const { code, stderr } = await world.run(['runs', '--cache', url])

      expect(code).toBe(2)
      expect(stderr).toContain('--cache must be a URL like redis://')
      expect(stderr).not.toContain('secret')
      expect((await world.run(['runs'], { env: { CONSENSUS_CACHE: url } })).code).toBe(2)
    },
  )

  test('is refused with a database that is none', async () => {
    const world = await aWorldWithHistory()
    expect((await world.run(['runs', '--cache', 'redis://127.0.0.1:1/main'])).code).not.toBe(0)
  })
})

describe('route --explain', () => {
  test('says how long the store took where there is no cache', async () => {
    const world = await aWorldWithHistory()
    expect(await asked(world, 'claude-pay-plan')).toEqual(['store!'])
  })

  test('exits with 1 for an agent that was never spawned, and still explains', async () => {
    const world = await aWorldWithHistory()
    const { code, stdout, stderr } = await world.run(['route', 'nobody', 'claude-pay-plan', '--explain'])

    expect(code).toBe(1)
    expect(stderr).toContain('nobody')
    expect(stdout).toMatch(/\nnobody +store +\d+\.\d\d +no such agent\n/)
    expect(stdout).toMatch(/\nclaude-pay-plan +store +\d+\.\d\d +run pay-plan, regular-stage\n/)
  })
})
