import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { type ConsensusStore, intercept, parseBundle, stringifyBundle } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { describe, expect, test } from 'vitest'
import { aHistory } from './history.ts'
import { aWorld, jsonLines, slowReader } from './world.ts'

async function aWorldWithHistory() {
  const world = aWorld()
  await world.write(aHistory)
  return world
}

const runIdsOf = (text: string) => jsonLines(text).map(({ run }) => (run as { id: string }).id)

describe('export', () => {
  test('writes every run as a line, newest first, as core writes bundles', async () => {
    const world = await aWorldWithHistory()
    const { code, stdout, stderr } = await world.run(['export'])

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(runIdsOf(stdout)).toEqual(['find-again', 'find-plan', 'pay-audit', 'pay-plan'])
    await world.write(async ({ runs }) => {
      const bundle = await runs.bundle('pay-plan')
      expect(stdout.split('\n')[3]).toBe(stringifyBundle(bundle!))
    })
  })

  test('writes what another store can record and export again to the byte', async () => {
    const world = await aWorldWithHistory()
    const { stdout } = await world.run(['export'])
    const other = aWorld()
    await other.write(async ({ runs }) => {
      for (const line of stdout.trimEnd().split('\n')) await runs.record(parseBundle(line))
    })

    expect((await other.run(['export'])).stdout).toBe(stdout)
  })

  test('writes the runs that are named, in the order they are named', async () => {
    const world = await aWorldWithHistory()

    expect(runIdsOf((await world.run(['export', 'pay-plan', 'find-again'])).stdout)).toEqual([
      'pay-plan',
      'find-again',
    ])
  })

  test('fails on a run that is not there', async () => {
    const world = await aWorldWithHistory()
    const { code, stderr } = await world.run(['export', 'pay-plan', 'nobody'])

    expect(code).toBe(1)
    expect(stderr).toContain('NOT_FOUND: There is no run nobody')
  })

  test('of an empty store is empty', async () => {
    expect(await aWorld().run(['export', '--store', 'memory:'])).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('writes to a file, in place of what was there', async () => {
    const world = await aWorldWithHistory()
    writeFileSync(world.path('runs.jsonl'), 'old')

    expect(await world.run(['export', '--out', 'runs.jsonl'])).toEqual({
      code: 0,
      stdout: 'Wrote 4 runs to runs.jsonl.\n',
      stderr: '',
    })
    expect(readFileSync(world.path('runs.jsonl'), 'utf8')).toBe((await world.run(['export'])).stdout)
    expect(
      jsonLines((await world.run(['export', '--out', 'one.jsonl', '--json', 'pay-plan'])).stdout),
    ).toEqual([{ file: 'one.jsonl', runs: 1 }])
  })

  test('that fails leaves the file as it was, and nothing beside it', async () => {
    const world = await aWorldWithHistory()
    writeFileSync(world.path('runs.jsonl'), 'old')
    const before = readdirSync(world.cwd)

    expect((await world.run(['export', '--out', 'runs.jsonl', 'pay-plan', 'nobody'])).code).toBe(1)
    expect(readFileSync(world.path('runs.jsonl'), 'utf8')).toBe('old')
    expect(readdirSync(world.cwd)).toEqual(before)
  })

  test('says which file it cannot write', async () => {
    const world = await aWorldWithHistory()
    const { code, stderr } = await world.run(['export', '--out', 'no/such/folder/runs.jsonl'])

    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: ENOENT: .*no\/such\/folder\/runs\.jsonl/)
  })

  test('reads no further ahead than its reader', async () => {
    const stdout = slowReader()
    let fetched = 0
    const store = intercept(await manyRuns(200), (operation, call) => {
      if (operation === 'runs.bundle') fetched += 1
      return call()
    })
    const running = aWorld().run(['export', '--store', 'many:'], {
      stdout,
      backends: { many: async () => store },
    })

    for (let turn = 0; turn < 50; turn++) await setImmediate()
    expect(fetched).toBeLessThan(10)

    const text = await readAll(stdout, running)
    expect(runIdsOf(text)).toHaveLength(200)
    expect(fetched).toBe(200)
  })

  test('shows progress on a terminal, and none in a pipe', async () => {
    const world = await aWorldWithHistory()
    const argv = ['export', '--out', 'runs.jsonl']

    expect((await world.run(argv, { columns: 80 })).stderr).toMatch(/Exporting runs 1/)
    expect((await world.run(argv)).stderr).toBe('')
  })
})

async function manyRuns(count: number): Promise<ConsensusStore> {
  const store = memoryStore()
  for (let i = 0; i < count; i++) await store.runs.start({ specId: 's', stage: 'x'.repeat(200) })
  return store
}

async function readAll(stream: ReturnType<typeof slowReader>, running: Promise<unknown>): Promise<string> {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  await running
  await setImmediate()
  return text
}
