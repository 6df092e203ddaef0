import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type ConsensusStore, intercept } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { postgresStore } from '@consensus-store/postgres'
import { sqliteStore } from '@consensus-store/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aHistory } from './history.ts'
import { aDatabase } from './postgres.ts'
import { aWorld, jsonLines } from './world.ts'

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url))

/** A watch in a process of its own, once it says that it watches. Lines of its output are had one by one. */
async function watching(cwd: string, ...argv: readonly string[]) {
  const child = spawn(process.execPath, [bin, 'watch', ...argv], {
    cwd,
    env: { ...process.env, CONSENSUS_STORE: '', npm_lifecycle_event: undefined },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const closed = once(child, 'close')
  const stderr = text(child.stderr)
  await Promise.race([once(child.stderr, 'data'), closed])
  return {
    child,
    next: async () => (await lines.next()).value as string | undefined,
    event: async () => JSON.parse((await lines.next()).value as string),
    ended: async () => ({ code: (await closed)[0] as number | null, stderr: await stderr }),
  }
}

const aRun = (store: ConsensusStore, id: string, specId = 's') =>
  store.runs.start({ id, specId, stage: 'plan' })

describe('watch', () => {
  test.each(['sqlite', 'postgres'])('on %s prints a line for each event, as it happens', async (kind) => {
    const world = aWorld()
    const url = kind === 'sqlite' ? 'sqlite:consensus.db' : await aDatabase()
    await using store =
      kind === 'sqlite'
        ? await sqliteStore({ path: world.path('consensus.db') })
        : await postgresStore({ url })
    await aRun(store, 'before')
    const { child, event, ended } = await watching(world.cwd, '--store', url, '--json')
    await aRun(store, 'r1')
    expect(await event()).toMatchObject({ runId: 'r1', sequence: 1, type: 'run.started' })
    await store.runs.pin('r1')
    expect(await event()).toMatchObject({ runId: 'r1', sequence: 2, type: 'run.pinned' })
    child.kill('SIGINT')

    expect(await ended()).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^Watching behind position \d+; Ctrl-C ends it\.\n$/),
    })
  })

  test('prints columns for people', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const { child, next, ended } = await watching(world.cwd, '--after', '0', '--run', 'find-again')
    const lines = [await next(), await next()]
    child.kill('SIGTERM')

    expect(lines).toEqual([
      expect.stringMatching(/^ *POSITION {2}RUN +# {2}AT \(UTC\) +EVENT +WHAT$/),
      expect.stringMatching(/^ *\d+ {2}find-again +1 {2}2026-\S+ \S+ {2}run\.started {2}\S/),
    ])
    expect((await ended()).code).toBe(0)
  })

  test('prints what is asked for', async () => {
    const world = aWorld()
    const { child, event } = await (async () => {
      await world.write((store) => aRun(store, 'first', 'other'))
      return watching(world.cwd, '--after', '0', '--spec', 's', '--stage', 'plan', '--json')
    })()
    await world.write(async (store) => {
      await aRun(store, 'second', 'other')
      await store.runs.start({ id: 'third', specId: 's', stage: 'tasks' })
      await aRun(store, 'fourth')
    })

    expect(await event()).toMatchObject({ runId: 'fourth' })
    child.kill('SIGINT')
  })

  test('with a cursor goes on where it was, and prints what came meanwhile', async () => {
    const world = aWorld()
    await world.write((store) => aRun(store, 'before'))
    const argv = ['--cursor', 'mine', '--json']
    const seen: string[] = []
    for (const round of [1, 2, 3]) {
      const { child, event, ended } = await watching(world.cwd, ...argv)
      await world.write((store) => aRun(store, `seen ${round}`))
      // What came since the round before, and then this one.
      for (let i = 0; i < (round === 1 ? 1 : 2); i++) seen.push((await event()).runId)
      child.kill('SIGINT')
      expect((await ended()).code).toBe(0)
      await world.write((store) => aRun(store, `missed ${round}`))
    }

    expect(seen).toEqual(['seen 1', 'missed 1', 'seen 2', 'missed 2', 'seen 3'])
    const { event } = await watching(world.cwd, '--cursor', 'other', '--after', '0', '--json')
    expect(await event()).toMatchObject({ runId: 'before' })
  })

  test('ends in order when nobody reads it any more', async () => {
    const world = aWorld()
    await world.write((store) => aRun(store, 'before'))
    const { child, event, ended } = await watching(world.cwd, '--json')
    await world.write((store) => aRun(store, 'r1'))
    await event()
    child.stdout.destroy()
    await sleep(50)
    await world.write((store) => aRun(store, 'r2'))

    expect(await ended()).toMatchObject({ code: 0 })
  })

  test('ends when its output is closed, though nothing happens', async () => {
    const stdout = new PassThrough()
    const waited = Promise.withResolvers<void>()
    const quiet = async () =>
      intercept(memoryStore(), (operation, call) => {
        if (operation === 'arrival') waited.resolve()
        return call()
      })
    const watched = aWorld().run(['watch', '--store', 'quiet:'], { backends: { quiet }, stdout })
    await waited.promise
    stdout.destroy()

    expect(await watched).toMatchObject({ code: 0 })
  })

  test('refuses what it cannot go by', async () => {
    const world = aWorld()
    await world.write(aHistory)

    expect((await world.run(['watch', '--after', '-1'])).code).toBe(2)
    expect((await world.run(['watch', '--spec', ''])).code).toBe(1)
    expect((await world.run(['watch', '--cursor', ''])).code).toBe(1)
    expect(jsonLines((await world.run(['runs', '--json'])).stdout)).not.toEqual([])
  })
})
