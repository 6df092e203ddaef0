import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type ConsensusStore, compareStores } from '@consensus-store/core'
import { postgresStore } from '@consensus-store/postgres'
import { sqliteStore } from '@consensus-store/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aHistory } from './history.ts'
import { aDatabase } from './postgres.ts'
import { aWorld } from './world.ts'

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url))
const writer = fileURLToPath(new URL('copy-writer.ts', import.meta.url))

function start(script: string, argv: readonly string[], cwd: string, node: readonly string[] = []) {
  const child = spawn(process.execPath, [...node, script, ...argv], {
    cwd,
    env: { ...process.env, CONSENSUS_STORE: '', npm_lifecycle_event: undefined },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[code], stdout, stderr]) => ({ code: code as number | null, stdout, stderr }),
  )
  return { child, ended }
}

const copyTo = (to: string, ...more: string[]) => ['copy', '--to', to, '--json', ...more]

/** A store of so many runs that copying them takes a while. */
async function aLargeWorld() {
  const world = aWorld()
  await world.write(async (store) => {
    for (let i = 0; i < RUNS; i += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, j) => aRunWithArtifact(store, `run ${i + j}`)))
    }
  })
  return world
}

const RUNS = 600

async function aRunWithArtifact(store: ConsensusStore, id: string): Promise<void> {
  await store.runs.start({ id, specId: 's', stage: 'plan' })
  await store.artifacts.add({ id, runId: id, agentName: 'a', content: `${id} `.repeat(4_000) })
  await store.runs.conclude(id, { verdict: 'unanimous' })
}

const runsIn = async (store: ConsensusStore) => (await store.runs.list({ limit: 1_000 })).items.length

/** A server goes on with what a process had sent before it was killed: waits until nothing changes any more. */
async function runsAtLast(store: ConsensusStore): Promise<number> {
  for (let before = -1; ; await sleep(200)) {
    const now = await runsIn(store)
    if (now === before) return now
    before = now
  }
}

/** Waits until the copy has brought some runs, and not all of them. */
async function untilMidway(store: ConsensusStore): Promise<void> {
  while ((await runsIn(store)) === 0) await sleep(1)
}

describe('a copy', () => {
  test.each(['sqlite', 'postgres'])(
    'to %s that is killed leaves whole runs, and goes on when it is started again',
    async (kind) => {
      const world = await aLargeWorld()
      const url = kind === 'sqlite' ? 'sqlite:other.db' : await aDatabase()
      await using to =
        kind === 'sqlite' ? await sqliteStore({ path: world.path('other.db') }) : await postgresStore({ url })
      const { child, ended } = start(bin, copyTo(url), world.cwd)
      await untilMidway(to)
      child.kill('SIGKILL')
      await ended

      const there = await runsAtLast(to)
      expect(there).toBeLessThan(RUNS)
      expect((await to.verify()).differences).toEqual([])
      const again = await start(bin, copyTo(url), world.cwd).ended
      expect({ ...again, stdout: JSON.parse(again.stdout) }).toMatchObject({
        code: 0,
        stderr: '',
        stdout: { runs: { read: RUNS, copied: RUNS - there, skipped: there }, compared: RUNS, differing: [] },
      })
    },
  )

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('leaves whole runs on %s and exits with %d', async (signal, code) => {
    const world = await aLargeWorld()
    await using to = await sqliteStore({ path: world.path('other.db') })
    const { child, ended } = start(bin, copyTo('sqlite:other.db'), world.cwd)
    await untilMidway(to)
    child.kill(signal)

    expect(await ended).toEqual({ code, stdout: '', stderr: '' })
    expect(await runsIn(to)).toBeLessThan(RUNS)
    expect((await to.verify()).differences).toEqual([])
  })
})

describe('a copy of more than fits into memory', () => {
  test('has flat memory', async () => {
    const world = aWorld()
    await world.write(async (store) => {
      for (let i = 0; i < LARGE_RUNS; i++) {
        await store.runs.start({ id: `${i}`, specId: 's', stage: 'plan' })
        await store.artifacts.add({ runId: `${i}`, agentName: 'a', content: `${i} `.repeat(512 * 1024) })
      }
    })
    const little = ['--max-old-space-size=128']
    const { code, stdout } = await start(bin, copyTo('sqlite:other.db'), world.cwd, little).ended

    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, compared: LARGE_RUNS, differing: [] })
  })
})

/** Of one to two million characters each. */
const LARGE_RUNS = 150

describe('copy --watch', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'follows writers of other processes until %s, then looks once more and exits with 0',
    async (signal) => {
      const world = aWorld()
      const url = await aDatabase()
      await world.write(aHistory)
      const watch = start(bin, copyTo(url, '--watch'), world.cwd)
      await following(watch.child)
      const writers = ['ann', 'bob'].map((name) =>
        start(writer, [world.path('consensus.db'), name], world.cwd),
      )
      await using to = await postgresStore({ url })
      await until(async () => (await to.runs.get('ann 3')) !== undefined)
      for (const { child } of writers) child.stdin.end()
      const written = (await Promise.all(writers.map(({ ended }) => ended))).map(({ stdout }) =>
        Number(stdout),
      )
      watch.child.kill(signal)

      const { code, stdout, stderr } = await watch.ended
      expect(stderr).toMatch(/^Everything there was is copied\. Following what changes; Ctrl-C .*\n$/)
      const total = 4 + written[0]! + written[1]!
      expect({ code, ...JSON.parse(stdout) }).toMatchObject({
        code: 0,
        runs: { read: total, copied: total, refused: 0 },
        compared: total,
        differing: [],
      })
      await using from = await sqliteStore({ path: world.path('consensus.db') })
      expect((await compareStores(from, to)).differing).toEqual([])
    },
  )

  test('that is interrupted before it has caught up is interrupted', async () => {
    const world = await aLargeWorld()
    await using to = await sqliteStore({ path: world.path('other.db') })
    const { child, ended } = start(bin, copyTo('sqlite:other.db', '--watch'), world.cwd)
    await untilMidway(to)
    child.kill('SIGINT')

    expect(await ended).toEqual({ code: 130, stdout: '', stderr: '' })
    expect((await to.verify()).differences).toEqual([])
  })

  test('exits with 1 and names what differs in the end', async () => {
    const world = aWorld()
    await world.write(aHistory)
    await using to = await sqliteStore({ path: world.path('other.db') })
    const watch = start(bin, copyTo('sqlite:other.db', '--watch'), world.cwd)
    await following(watch.child)
    // Somebody writes to the copy, and somebody else to the source.
    await to.runs.abandon('find-again')
    await world.write(({ executions }) => executions.complete('gemini-find-again', { response: 'yes' }))
    watch.child.kill('SIGINT')

    const { code, stdout } = await watch.ended
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({
      code: 1,
      refusals: [{ runId: 'find-again', code: 'CONFLICT' }],
      differing: [{ runId: 'find-again', how: 'other' }],
    })
  })
})

/** Resolves when a watch says that it follows. */
const following = (child: ChildProcess): Promise<unknown> => once(child.stderr!, 'data')

async function until(happened: () => Promise<boolean>): Promise<void> {
  while (!(await happened())) await sleep(20)
}
