import { type SpawnOptions, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { sqliteStore } from '@consensus-store/sqlite'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import cli from '../package.json' with { type: 'json' }
import { aHistory } from './history.ts'
import { aWorld } from './world.ts'

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url))

interface Started {
  readonly child: ReturnType<typeof spawn>
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>
}

/** Starts the command as a process of its own. */
function start(argv: readonly string[], options: SpawnOptions & { node?: readonly string[] } = {}): Started {
  const { node = [], ...rest } = options
  const child = spawn(process.execPath, [...node, bin, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...rest,
    env: { ...process.env, CONSENSUS_STORE: '', npm_lifecycle_event: undefined, ...rest.env },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const stderr = child.stderr ? text(child.stderr) : Promise.resolve('')
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>(
    (resolve) => {
      child.on('close', async (code, signal) => resolve({ code, signal, stderr: await stderr }))
    },
  )
  return { child, ended }
}

async function run(argv: readonly string[], options: SpawnOptions & { node?: readonly string[] } = {}) {
  const { child, ended } = start(argv, options)
  const stdout = await text(child.stdout!)
  return { ...(await ended), stdout }
}

describe('the consensus process', () => {
  test('says its version', async () => {
    expect(await run(['--version'])).toEqual({
      code: 0,
      signal: null,
      stdout: `${cli.version}\n`,
      stderr: '',
    })
  })

  test.each([
    [['runs'], 0],
    [['show', 'nobody'], 1],
    [['rums'], 2],
  ])('exits after %j with %d', async (argv, code) => {
    const world = aWorld()
    await world.write(aHistory)

    expect((await run(argv, { cwd: world.cwd })).code).toBe(code)
  })

  test('prints the same as main', async () => {
    const world = aWorld()
    await world.write(aHistory)

    expect(await run(['show', 'pay-plan'], { cwd: world.cwd })).toMatchObject(
      await world.run(['show', 'pay-plan']),
    )
  })

  test('leaves nothing but the store beside the store', async () => {
    const world = aWorld()
    await run(['demo'], { cwd: world.cwd })

    expect(readdirSync(world.cwd)).toEqual(['consensus-demo.db'])
  })

  test('ends quietly when its reader has enough', async () => {
    const world = await aLargeWorld()
    const { child, ended } = start(['export'], { cwd: world.cwd })
    child.stdout!.once('data', () => child.stdout!.destroy())

    expect(await ended).toEqual({ code: 0, signal: null, stderr: '' })
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('closes the store on %s and exits with %d', async (signal, code) => {
    const world = await aLargeWorld()
    const { child, ended } = start(['export'], { cwd: world.cwd })
    // Nobody reads on, so it waits for its reader when the signal comes.
    await new Promise((resolve) => child.stdout!.once('readable', resolve))
    child.kill(signal)
    child.stdout!.resume()

    expect(await ended).toEqual({ code, signal: null, stderr: '' })
    expect(readdirSync(world.cwd)).toEqual(['consensus.db'])
  })

  test('takes an unfinished export away again on Ctrl-C', async () => {
    const world = await aLargeWorld()
    const { child, ended } = start(['export', '--out', 'all.jsonl'], { cwd: world.cwd })
    await until(() => readdirSync(world.cwd).some((name) => name.endsWith('.tmp')))
    child.kill('SIGINT')

    const { code } = await ended
    expect(code).toBe(130)
    expect(readdirSync(world.cwd)).toEqual(['consensus.db'])
  })

  test('has flat memory whatever it exports', async () => {
    const world = await aLargeWorld()
    const { code, stdout } = await run(['export'], { cwd: world.cwd, node: ['--max-old-space-size=64'] })

    expect(code).toBe(0)
    expect(stdout.length).toBeGreaterThan(100 * 1024 * 1024)
    expect(stdout.split('\n')).toHaveLength(LARGE_RUNS + 1)
  })
})

describe('an old Node', () => {
  const pretend = (version: string) => [
    '--import',
    `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`,
  ]

  test.each(['18.20.4', '20.11.0', '21.7.3', '22.14.0', '23.7.0'])(
    '%s is refused in words',
    async (version) => {
      expect(await run(['runs'], { node: pretend(version) })).toEqual({
        code: 1,
        signal: null,
        stdout: '',
        stderr: `consensus needs Node 22.15, 23.8 or newer; this is Node ${version}.\n`,
      })
    },
  )

  test.each(['22.15.0', '23.8.0', '24.21.0', '100.0.0'])('%s is not one', async (version) => {
    expect((await run(['--version'], { node: pretend(version) })).code).toBe(0)
  })

  test('is one that the package does not ask for', () => {
    expect(cli.engines.node).toBe('^22.15.0 || >=23.8.0')
  })

  test('is refused before anything else is loaded', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'consensus-bin-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    // Alone in a folder it can load nothing, so it gets as far as refusing only if it needs nothing.
    const alone = join(folder, 'bin.mjs')
    writeFileSync(alone, stripTypeScriptTypes(readFileSync(bin, 'utf8')))

    const child = spawn(process.execPath, [...pretend('20.0.0'), alone])
    expect(await text(child.stderr)).toBe('consensus needs Node 22.15, 23.8 or newer; this is Node 20.0.0.\n')
  })
})

const LARGE_RUNS = 120

/** A store whose export is far larger than a pipe holds: 1 MiB a run. */
async function aLargeWorld() {
  const world = aWorld()
  copyFileSync(await largeStore(), world.path('consensus.db'))
  return world
}

let large: Promise<string> | undefined
afterAll(async () => {
  if (large) rmSync(dirname(await large), { recursive: true, force: true })
})
function largeStore(): Promise<string> {
  large ??= (async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'consensus-large-')), 'consensus.db')
    const store = await sqliteStore({ path })
    for (let i = 0; i < LARGE_RUNS; i++) {
      const run = await store.runs.start({ specId: 's', stage: 'plan' })
      await store.artifacts.add({
        runId: run.id,
        agentName: 'a',
        content: `${i} `.repeat(512 * 1024).slice(0, 1024 * 1024),
      })
    }
    await store.close()
    return path
  })()
  return large
}

async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setTimeout(resolve, 2))
}
