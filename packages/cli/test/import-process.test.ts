import { execFileSync, spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ImportReport } from '../src/import/tally.ts'
import { aHistory } from './history.ts'
import { answer, importInto, nothing, stored, writeFiles, writeOriginal } from './import-sources.ts'
import { aWorld } from './world.ts'

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url))

/** Starts the command as a process of its own. */
function start(argv: readonly string[], { cwd, node = [] }: { cwd: string; node?: readonly string[] }) {
  const child = spawn(process.execPath, [...node, bin, ...argv], {
    cwd,
    env: { ...process.env, CONSENSUS_STORE: '', npm_lifecycle_event: undefined },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = Promise.all([
    new Promise<number | null>((resolve) => child.on('close', resolve)),
    text(child.stdout),
    text(child.stderr),
  ]).then(([code, stdout, stderr]) => ({ code, stdout, stderr }))
  return { child, ended }
}

const clock = (second: number) => new Date(Date.UTC(2025, 10, 3) + second * 1000).toISOString().slice(0, 19)

describe('the import process', () => {
  test('reads an export from its standard input', async () => {
    const from = aWorld()
    await from.write(aHistory)
    const { stdout: exported } = await from.run(['export'])
    const world = aWorld()

    const { child, ended } = start(['import', '-', '--json'], { cwd: world.cwd })
    child.stdin.end(exported)
    const { code, stdout, stderr } = await ended

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect((JSON.parse(stdout) as ImportReport).kinds.runs).toEqual({
      inferred: 0,
      stored: 4,
      extended: 0,
      present: 0,
    })
    expect((await world.run(['export'])).stdout).toBe(exported)
  })

  test('reads an export from a pipe with a name', async () => {
    const from = aWorld()
    await from.write(aHistory)
    const { stdout: exported } = await from.run(['export'])
    const world = aWorld()
    execFileSync('mkfifo', [world.path('pipe')])

    const { ended } = start(['import', 'pipe'], { cwd: world.cwd })
    await writeFile(world.path('pipe'), exported)
    expect(await ended).toMatchObject({ code: 0, stderr: '' })
    expect((await world.run(['export'])).stdout).toBe(exported)
  })

  test('leaves whole runs on Ctrl-C, and the next one completes the job', { timeout: 240_000 }, async () => {
    const world = aWorld()
    const runs = 1_500
    const artifacts = Array.from({ length: runs }, (_, i) =>
      ['a', 'b', 'c'].map((agent) => ({
        ...answer(agent, '', { i, agent }),
        at: clock(i * 60),
        run: `r${i}`,
      })),
    ).flat()
    writeOriginal(world.path('old.db'), { artifacts })
    expect((await importInto(world, ['old.db', '--store', 'sqlite:whole.db'])).code).toBe(0)
    const whole = (await world.run(['export', '--store', 'sqlite:whole.db'])).stdout
    const wholeRuns = new Set(whole.trimEnd().split('\n'))

    const { child, ended } = start(['import', 'old.db', '--json'], { cwd: world.cwd })
    const written = () => statSync(world.path('consensus.db-wal'), { throwIfNoEntry: false })?.size ?? 0
    while (written() < 200_000 && child.exitCode === null) await setTimeout(2)
    child.kill('SIGINT')
    expect(await ended).toEqual({ code: 130, stdout: '', stderr: '' })

    const partial = (await world.run(['export'])).stdout.trimEnd().split('\n')
    expect(partial.length).toBeGreaterThan(0)
    expect(partial.length).toBeLessThan(runs)
    expect(partial.filter((line) => !wholeRuns.has(line))).toEqual([])
    expect((await world.run(['verify'])).code).toBe(0)

    const { report } = await importInto(world, ['old.db'])
    expect(report?.kinds.runs).toEqual({
      inferred: 0,
      stored: runs - partial.length,
      extended: 0,
      present: partial.length,
    })
    expect((await world.run(['export'])).stdout).toBe(whole)
  })

  test('has flat memory however many rows a database holds', { timeout: 240_000 }, async () => {
    const world = aWorld()
    const rows = 100_200
    const filler = 'x'.repeat(600)
    const agents = Array.from({ length: 20 }, (_, i) => `agent-${i}`)
    for (let from = 0; from < rows; from += 10_020) {
      const artifacts = Array.from({ length: 10_020 }, (_, k) => {
        const i = from + k
        const run = Math.floor(i / agents.length) % 3 === 0 ? `r${Math.floor(i / agents.length)}` : null
        return { ...answer(agents[i % agents.length]!, '', `${i} ${filler}`), at: clock(i * 2), run }
      })
      writeOriginal(world.path('old.db'), { artifacts })
    }
    expect(statSync(world.path('old.db')).size).toBeGreaterThan(rows * 600)

    const node = ['--max-old-space-size=48']
    const { code, stdout } = await start(['import', 'old.db', '--json', '--dry-run'], {
      cwd: world.cwd,
      node,
    }).ended
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as ImportReport).kinds).toEqual({
      artifacts: stored(rows),
      syntheses: nothing,
      executions: nothing,
      runs: { inferred: 3_340, stored: 5_010, extended: 0, present: 0 },
    })
  })

  test('has flat memory however much a folder or an export holds', { timeout: 240_000 }, async () => {
    const world = aWorld()
    const filler = 'x'.repeat(200_000)
    for (let i = 0; i < 200; i++) {
      const proposals = ['a', 'b'].map((agent_name) => ({
        agent_name,
        content: `${agent_name} ${filler}`,
        created_at: clock(i * 60),
      }))
      writeFiles(world.path(`out/${i}`), { 'plan_verdict.json': { spec_id: 's', stage: 'plan', proposals } })
    }

    const node = ['--max-old-space-size=48']
    const { code, stdout } = await start(['import', 'out', '--json'], { cwd: world.cwd, node }).ended
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as ImportReport).kinds.artifacts).toEqual(stored(400))

    expect((await start(['export', '--out', 'all.jsonl'], { cwd: world.cwd, node }).ended).code).toBe(0)
    const other = ['import', 'all.jsonl', '--json', '--store', 'sqlite:other.db']
    const again = await start(other, { cwd: world.cwd, node }).ended
    expect((JSON.parse(again.stdout) as ImportReport).kinds.artifacts).toEqual(stored(400))
  })

  test('shows no progress in a pipe', async () => {
    const world = aWorld()
    writeOriginal(world.path('old.db'), { artifacts: [answer('a', '10:00:00')] })

    const { stderr, stdout } = await start(['import', 'old.db'], { cwd: world.cwd }).ended
    expect(stderr).toBe('')
    expect(stdout).not.toContain('\r')
    expect((await world.run(['import', 'old.db'], { columns: 100 })).stderr).toContain(
      'rows read and settled',
    )
  })
})
