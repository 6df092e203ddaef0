import { type ConsensusStore, intercept, StoreError } from '@consensus-store/core'
import { sqliteStore } from '@consensus-store/sqlite'
import { describe, expect, test } from 'vitest'
import { aHistory } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

/** One agent is out since 11:00; it is 12:00. */
async function aWorldWithHistory() {
  const world = aWorld()
  await world.write(aHistory)
  return world
}

/** Many agents of one run, all out since the morning. */
async function spawnMany({ runs, executions }: ConsensusStore, at: (iso: string) => void, count: number) {
  at('2026-03-02T07:00:00.000Z')
  await runs.start({ id: 'wide', specId: 'wide', stage: 'plan' })
  for (let i = 0; i < count; i++) {
    const agent = `agent-${String(i).padStart(3, '0')}`
    await executions.spawn({ agentId: agent, runId: 'wide', agentName: agent, phaseType: 'regular-stage' })
  }
}

describe('stale --time-out', () => {
  test('times out who has been out too long, and tells each', async () => {
    const world = await aWorldWithHistory()
    const argv = ['stale', '--time-out', '--older-than', '30m']

    expect(await world.run(argv)).toEqual({
      code: 0,
      stdout: 'Timed out gemini-find-again of run find-again, which was out for 1h.\n',
      stderr: 'Run find-again waits for nobody now. To end it: consensus abandon find-again\n',
    })
    expect((await world.run(['failures', '--spec', 'find'])).stdout).toContain('timed-out')
    expect(await world.run(argv)).toEqual({ code: 0, stdout: '', stderr: 'Nobody is out that long.\n' })
  })

  test('names no run that waits for somebody else, or has ended', async () => {
    const world = await aWorldWithHistory()
    await world.write(async ({ runs, executions }, at) => {
      at('2026-03-02T11:50:00.000Z')
      await executions.spawn({ runId: 'find-again', agentName: 'claude', phaseType: 'regular-stage' })
      at('2026-03-02T08:00:00.000Z')
      await runs.start({ id: 'ended', specId: 'pay', stage: 'plan' })
      await executions.spawn({ runId: 'ended', agentName: 'claude', phaseType: 'regular-stage' })
      await runs.abandon('ended')
    })
    const { stdout, stderr } = await world.run(['stale', '--time-out', '--older-than', '30m'])

    expect(stdout.match(/Timed out/g)).toHaveLength(2)
    expect(stderr).toBe('')
  })

  test('takes those beyond a page and a list too', async () => {
    const world = await aWorldWithHistory()
    await world.write((store, at) => spawnMany(store, at, 60))
    const timedOut = jsonLines((await world.run(['stale', '--time-out', '--json'])).stdout)

    expect(timedOut).toHaveLength(60)
    expect(timedOut[0]).toMatchObject({ agentId: 'agent-059', runId: 'wide', status: 'timed-out' })
  })

  test('goes by the hour that health goes by', async () => {
    const world = await aWorldWithHistory()
    const after = (minutes: number) => ({
      now: new Date(Date.parse('2026-03-02T11:00:00Z') + minutes * 60_000),
    })
    expect((await world.run(['health', '--json'], after(60))).stdout).not.toContain('stale_executions')
    expect((await world.run(['stale', '--time-out'], after(60))).stdout).toBe('')

    expect((await world.run(['health', '--json'], after(61))).stdout).toContain('stale_executions')
    expect((await world.run(['stale', '--time-out'], after(61))).stdout).toContain(
      'Timed out gemini-find-again',
    )
    expect((await world.run(['health', '--json'], after(61))).stdout).not.toContain('stale_executions')
  })

  test('goes on behind a run that is damaged, and exits with 1', async () => {
    const world = await aWorldWithHistory()
    await world.write((store, at) => spawnMany(store, at, 3))
    let asked = 0
    const backends = {
      damaged: async () =>
        intercept(await sqliteStore({ path: world.path('consensus.db') }), (operation, call) =>
          operation === 'executions.timeOut' && asked++ === 1
            ? Promise.reject(new StoreError('CORRUPT', 'Run wide is damaged'))
            : call(),
        ),
    }
    const { code, stdout, stderr } = await world.run(['stale', '--time-out', '--store', 'damaged:'], {
      backends,
    })

    expect({ code, stderr }).toEqual({ code: 1, stderr: 'error: CORRUPT: Run wide is damaged\n' })
    expect(stdout.match(/Timed out agent-00[02]/g)).toHaveLength(2)
  })

  test('leaves who ends meanwhile as it ended', async () => {
    const world = await aWorldWithHistory()
    const backends = {
      raced: async () => {
        const store = await sqliteStore({ path: world.path('consensus.db') })
        return intercept(store, async (operation, call) => {
          if (operation === 'executions.timeOut')
            await store.executions.complete('gemini-find-again', { response: 'Here I am.' })
          return call()
        })
      },
    }

    expect(
      await world.run(['stale', '--time-out', '--older-than', '30m', '--store', 'raced:'], { backends }),
    ).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Agent gemini-find-again has ended meanwhile.\nNobody is out that long.\n',
    })
    expect((await world.run(['executions', '--run', 'find-again', '--json'])).stdout).toContain('"completed"')
  })

  test.each([['--all'], ['--limit', '1'], ['--runs']])('is refused with %s', async (...options) => {
    const { code, stderr } = await (await aWorldWithHistory()).run(['stale', '--time-out', ...options])

    expect(code).toBe(2)
    expect(stderr).toContain('--time-out takes every agent there is')
  })
})

describe('stale --runs', () => {
  const left = async (world: Awaited<ReturnType<typeof aWorldWithHistory>>, ...options: string[]) =>
    jsonLines((await world.run(['stale', '--runs', '--json', ...options])).stdout).map(({ id }) => id)

  test('lists runs that wait for nobody and that nobody has ended', async () => {
    const world = await aWorldWithHistory()
    await world.write(async (store, at) => {
      at('2026-03-02T06:00:00.000Z')
      await store.runs.start({ id: 'forgotten', specId: 'pay', stage: 'tasks' })
      await store.runs.start({ id: 'busy', specId: 'pay', stage: 'tasks' })
      at('2026-03-02T11:30:00.000Z')
      await store.runs.start({ id: 'young', specId: 'pay', stage: 'tasks' })
      await store.artifacts.add({ id: 'now', runId: 'busy', agentName: 'claude', content: 'Just now.' })
    })

    expect(await left(world)).toEqual(['forgotten'])
    expect((await left(world, '--older-than', '10m')).sort()).toEqual(['busy', 'forgotten', 'young'])
    expect((await world.run(['stale', '--runs'])).stdout).toContain('forgotten')
    // The agent of find-again is out, so its run waits.
    await world.run(['stale', '--time-out', '--older-than', '30m'], { now: new Date('2026-03-02T11:45:00Z') })
    expect(await left(world, '--older-than', '10m')).toContain('find-again')
    expect(await left(world)).not.toContain('find-again')
  })

  test('goes on to what abandon ends', async () => {
    const world = await aWorldWithHistory()
    await world.run(['stale', '--time-out', '--older-than', '30m'], { now: new Date('2026-03-02T11:45:00Z') })
    const now = new Date('2026-03-02T13:00:00Z')
    expect((await world.run(['stale', '--runs'], { now })).stdout).toContain('find-again')
    expect((await world.run(['abandon', 'find-again'], { now })).code).toBe(0)

    expect(await world.run(['stale', '--runs'], { now })).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No run was left running that long.\n',
    })
  })
})

describe('abandon', () => {
  test('ends the runs that are named, and says so', async () => {
    const world = await aWorldWithHistory()
    expect(await world.run(['abandon', 'find-again'])).toEqual({
      code: 0,
      stdout: 'Abandoned find-again.\n',
      stderr: '',
    })
    expect(jsonLines((await world.run(['abandon', 'find-again', '--json'])).stdout)).toMatchObject([
      { id: 'find-again', status: 'abandoned' },
    ])
    expect((await world.run(['replay', 'find-again'])).stdout.match(/run\.abandoned/g)).toHaveLength(1)
  })

  test('says which stay as they are, goes on with the others, and exits with 1', async () => {
    const world = await aWorldWithHistory()
    expect(await world.run(['abandon', 'pay-audit', 'nobody', 'find-again'])).toEqual({
      code: 1,
      stdout: 'Abandoned find-again.\n',
      stderr: expect.stringMatching(
        /^error: CONFLICT: Run pay-audit is concluded.*\nerror: NOT_FOUND: There is no run nobody\n$/,
      ),
    })
    expect((await world.run(['verify'])).code).toBe(0)
  })
})
