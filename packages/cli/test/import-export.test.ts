import { readFileSync, writeFileSync } from 'node:fs'
import { type ConsensusStore, parseBundle, StoreError, stringifyBundle } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { describe, expect, test, vi } from 'vitest'
import { aHistory } from './history.ts'
import { importInto, nothing, present, refused, stored } from './import-sources.ts'
import { aWorld } from './world.ts'

/** A folder with a history in `all.jsonl`, and no store. */
async function anExport() {
  const from = aWorld()
  await from.write(aHistory)
  const { stdout } = await from.run(['export'])
  const world = aWorld()
  writeFileSync(world.path('all.jsonl'), stdout)
  return { world, text: stdout, lines: stdout.trimEnd().split('\n') }
}

const ALL = {
  artifacts: stored(2),
  syntheses: stored(1),
  executions: stored(6),
  runs: { inferred: 0, stored: 4, extended: 0, present: 0 },
}

/** Lines of many small runs, and a folder to put them in. */
async function manyRuns(count: number) {
  const lines: string[] = []
  await using store = memoryStore()
  for (let i = 0; i < count; i++) {
    await store.runs.start({ id: `r${i}`, specId: 's', stage: 'plan' })
    await store.artifacts.add({ id: `a${i}`, runId: `r${i}`, agentName: 'a', content: { number: i } })
    lines.push(stringifyBundle((await store.runs.bundle(`r${i}`))!))
  }
  return { world: aWorld(), lines }
}

/** The store as the backend `counted`, and how many runs are, and were at most, recorded at one time. */
function counting(store: ConsensusStore, before: (runId: string) => void = () => {}) {
  let [now, most] = [0, 0]
  const counted: ConsensusStore = {
    ...store,
    close: async () => {},
    runs: {
      ...store.runs,
      async record(bundle) {
        most = Math.max(most, ++now)
        try {
          before(bundle.run.id)
          await new Promise((resolve) => setTimeout(resolve, 5))
          return await store.runs.record(bundle)
        } finally {
          now -= 1
        }
      },
    },
  }
  return { backends: { counted: async () => counted }, most: () => most, underWay: () => now }
}

describe('import of an export', () => {
  test('gives a store whose export is the same to the byte', async () => {
    const { world, text } = await anExport()

    expect(await importInto(world, ['all.jsonl'])).toEqual({
      code: 0,
      stderr: '',
      report: { dryRun: false, kinds: ALL, refusals: [] },
    })
    expect((await world.run(['export'])).stdout).toBe(text)
    expect((await world.run(['verify'])).code).toBe(0)
  })

  test('again adds nothing', async () => {
    const { world } = await anExport()
    await importInto(world, ['all.jsonl'])

    expect((await importInto(world, ['all.jsonl'])).report?.kinds).toEqual({
      artifacts: present(2),
      syntheses: present(1),
      executions: present(6),
      runs: { inferred: 0, stored: 0, extended: 0, present: 4 },
    })
  })

  test('as a dry run says the same, also where a line comes twice or is broken', async () => {
    const { world, text, lines } = await anExport()
    writeFileSync(world.path('all.jsonl'), `${text}${lines[0]}\n\n{"run":1}\nbroken\n`)

    const rehearsed = await importInto(world, ['all.jsonl', '--dry-run'])
    expect((await world.run(['runs'])).code).toBe(1)
    const real = await importInto(world, ['all.jsonl'])
    expect(real.report?.kinds.runs).toEqual({ inferred: 0, stored: 4, extended: 0, present: 1 })
    expect(real.report?.refusals.map(({ row }) => row)).toEqual(['line 7', 'line 8'])
    expect(rehearsed).toEqual({ ...real, report: { ...real.report, dryRun: true } })
  })

  test('brings a run up that has gone on where it comes from', async () => {
    const from = aWorld()
    await from.write(aHistory)
    const before = (await from.run(['export'])).stdout
    await from.write(async ({ runs, executions, artifacts }) => {
      await executions.complete('gemini-find-again', { response: 'Here.' })
      await artifacts.add({ id: 'art-3', runId: 'find-again', agentName: 'gemini', content: 3 })
      await runs.unpin('pay-plan')
    })
    const after = (await from.run(['export'])).stdout
    const world = aWorld()
    writeFileSync(world.path('before.jsonl'), before)
    writeFileSync(world.path('after.jsonl'), after)
    await importInto(world, ['before.jsonl'])

    const rehearsed = await importInto(world, ['after.jsonl', '--dry-run'])
    const { code, report } = await importInto(world, ['after.jsonl'])
    expect(code).toBe(0)
    expect(report).toEqual({
      dryRun: false,
      kinds: {
        artifacts: { ...stored(1), read: 3, present: 2 },
        syntheses: present(1),
        executions: { ...stored(1), read: 6, present: 5 },
        runs: { inferred: 0, stored: 0, extended: 2, present: 2 },
      },
      refusals: [],
    })
    expect(rehearsed.report).toEqual({ ...report, dryRun: true })
    expect((await world.run(['export'])).stdout).toBe(after)
    expect((await world.run(['verify'])).code).toBe(0)
    // It takes nothing from a run that has gone on since.
    expect((await importInto(world, ['before.jsonl'])).report?.kinds.runs).toMatchObject({ present: 4 })
    expect((await world.run(['export'])).stdout).toBe(after)
  })

  test('takes one run from lines that tell more and more of it', async () => {
    const from = aWorld()
    const growing: string[] = []
    await from.write(async (store) => {
      await store.runs.start({ id: 'r', specId: 's', stage: 'plan' })
      for (const id of ['a', 'b', 'c']) {
        await store.artifacts.add({ id, runId: 'r', agentName: id, content: id })
        growing.push(stringifyBundle((await store.runs.bundle('r'))!))
      }
    })
    const world = aWorld()
    writeFileSync(world.path('growing.jsonl'), [...growing, growing[1]].join('\n'))

    const rehearsed = await importInto(world, ['growing.jsonl', '--dry-run'])
    const { report } = await importInto(world, ['growing.jsonl'])
    expect(report?.kinds).toMatchObject({
      artifacts: { read: 8, stored: 3, present: 5, refused: 0 },
      runs: { inferred: 0, stored: 1, extended: 2, present: 1 },
    })
    expect(rehearsed.report?.kinds).toEqual(report?.kinds)
    expect((await world.run(['export'])).stdout).toBe(`${growing[2]}\n`)
  })

  test('leaves to the first of several runs what they all bring, and names the lines of the others', async () => {
    const lines = await Promise.all(
      ['r1', 'r2', 'r3'].map(async (id) => {
        await using store = memoryStore()
        await store.runs.start({ id, specId: 's', stage: 'plan' })
        await store.artifacts.add({ id: 'shared', runId: id, agentName: 'a', content: id })
        return stringifyBundle((await store.runs.bundle(id))!)
      }),
    )
    const world = aWorld()
    writeFileSync(world.path('all.jsonl'), lines.join('\n'))

    for (const dryRun of [['--dry-run'], []]) {
      const { report } = await importInto(world, ['all.jsonl', ...dryRun])
      expect(report?.kinds.runs).toMatchObject({ stored: 1 })
      const reason = 'shared is in the bundle, but belongs to run r1'
      expect(report?.refusals).toEqual(
        ['line 2', 'line 3'].map((line) => ({ file: 'all.jsonl', row: `${line}, artifacts shared`, reason })),
      )
    }
  })

  test('records many runs at once, but not all of them, and reports in the order of the lines', async () => {
    const { world, lines } = await manyRuns(300)
    const broken = [40, 41, 170]
    for (const i of broken) lines[i] = lines[i]!.replaceAll('"number":', '"figure":')
    writeFileSync(world.path('all.jsonl'), lines.join('\n'))
    const { backends, most } = counting(memoryStore())

    const { report } = await importInto(world, ['all.jsonl', '--store', 'counted:'], { backends })
    expect(report?.kinds.runs).toMatchObject({ stored: 297 })
    expect(report?.refusals.map(({ row }) => row)).toEqual(
      broken.map((i) => `line ${i + 1}, artifacts a${i}`),
    )
    expect(most()).toBeGreaterThan(10)
    expect(most()).toBeLessThanOrEqual(32)
  })

  test('that is stopped leaves whole runs, and goes on when it is started again', async () => {
    const { world, lines } = await manyRuns(300)
    writeFileSync(world.path('all.jsonl'), lines.join('\n'))
    await using store = memoryStore()
    const stop = new AbortController()
    const { backends, underWay } = counting(store, (id) => {
      if (id === 'r100') stop.abort()
    })
    const argv = ['all.jsonl', '--store', 'counted:']
    expect((await importInto(world, argv, { backends, signal: stop.signal })).code).toBe(130)
    // A store of its own would have waited for these before it closed.
    await vi.waitFor(() => expect(underWay()).toBe(0))

    const { items } = await store.runs.list({ limit: 1_000 })
    expect(items.length).toBeLessThan(200)
    expect((await store.verify()).differences).toEqual([])
    const { report } = await importInto(world, argv, { backends })
    expect(report?.kinds.runs).toMatchObject({ stored: 300 - items.length, present: items.length })
  })

  test('ends with the error of a store that fails, once nothing is under way any more', async () => {
    const { world, lines } = await manyRuns(50)
    writeFileSync(world.path('all.jsonl'), lines.join('\n'))
    const { backends, underWay } = counting(memoryStore(), (id) => {
      if (id === 'r20') throw new StoreError('UNAVAILABLE', 'The wire is cut')
    })

    const { code, stderr } = await importInto(world, ['all.jsonl', '--store', 'counted:'], { backends })
    expect(code).toBe(1)
    expect(stderr).toContain('UNAVAILABLE: The wire is cut')
    expect(underWay()).toBe(0)
  })

  test('keeps what other readers would end a line at', async () => {
    const world = aWorld()
    const odd = 'a\u2028b\u2029c\rd\u0085e\u0000f\ud800g'
    await world.write(async ({ runs, artifacts, syntheses }) => {
      const { id } = await runs.start({ id: 'odd', specId: 's', stage: 'plan' })
      await artifacts.add({ id: 'a', runId: id, agentName: 'a', content: { [odd]: [odd, -0] } })
      await syntheses.add({ id: 's', runId: id, verdict: 'failed', markdown: odd })
    })
    const { stdout } = await world.run(['export'])
    writeFileSync(world.path('odd.jsonl'), stdout.trimEnd())

    const other = ['--store', 'sqlite:other.db']
    expect((await importInto(world, ['odd.jsonl', ...other])).report?.refusals).toEqual([])
    expect((await world.run(['export', ...other])).stdout).toBe(stdout)
  })

  test('refuses a run that is stored with another log, item by item, and the rest arrives', async () => {
    const { world } = await anExport()
    await world.write(async ({ runs }) => {
      await runs.start({ id: 'pay-plan', specId: 'pay', stage: 'plan' })
    })

    for (const dryRun of [['--dry-run'], []]) {
      const { code, report } = await importInto(world, ['all.jsonl', ...dryRun])
      expect(code).toBe(1)
      expect(report?.kinds).toEqual({
        artifacts: refused(2),
        syntheses: refused(1),
        executions: { read: 6, stored: 4, present: 0, refused: 2 },
        runs: { inferred: 0, stored: 3, extended: 0, present: 0 },
      })
      expect(report?.refusals).toHaveLength(5)
      expect(report?.refusals[0]).toEqual({
        file: 'all.jsonl',
        row: 'line 4, artifacts art-1',
        reason: 'Run pay-plan is stored with another log',
      })
    }
  })

  test('refuses a run that brings an id which another run has, also in a dry run', async () => {
    const { world, lines } = await anExport()
    await world.write(async ({ runs, artifacts }) => {
      await runs.start({ id: 'mine', specId: 'pay', stage: 'plan' })
      await artifacts.add({ id: 'art-2', runId: 'mine', agentName: 'a', content: 1 })
    })
    writeFileSync(world.path('one.jsonl'), lines[3]!)

    for (const dryRun of [['--dry-run'], []]) {
      const { report } = await importInto(world, ['one.jsonl', ...dryRun])
      expect(report?.kinds).toMatchObject({
        artifacts: refused(2),
        syntheses: refused(1),
        executions: refused(2),
      })
      expect(new Set(report?.refusals.map(({ reason }) => reason))).toEqual(
        new Set(['art-2 is in the bundle, but belongs to run mine']),
      )
    }
  })

  test('refuses a run whose log does not tell what its rows say', async () => {
    const { world, lines } = await anExport()
    const bundle = parseBundle(lines[3]!)
    const [first, ...rest] = bundle.artifacts
    writeFileSync(
      world.path('one.jsonl'),
      stringifyBundle({ ...bundle, artifacts: [{ ...first!, content: 'forged' }, ...rest] }),
    )

    for (const dryRun of [['--dry-run'], []]) {
      const { code, report } = await importInto(world, ['one.jsonl', ...dryRun])
      expect(code).toBe(1)
      expect(report?.refusals).toHaveLength(5)
      expect(report?.refusals[0]?.reason).toContain('does not hold together')
    }
  })

  test.each([
    ['{"run":', 'is not JSON'],
    ['[]', 'must be an object'],
    ['{"run":{"id":""},"executions":[],"artifacts":[],"syntheses":[],"events":[]}', 'must not be empty'],
    ['{"run":{"id":"r"},"executions":[],"artifacts":[],"syntheses":[],"events":[]}', 'do not hold together'],
    ['{"run":{"id":"r"},"executions":3,"artifacts":[],"syntheses":[],"events":[]}', 'must be an array'],
    ['{}', 'must be an object'],
    [
      '{"run":{"id":"pay-plan"},"executions":[],"artifacts":[],"syntheses":[],"events":3}',
      'must be an array',
    ],
    ['{"run":{"id":"pay-plan"},"executions":[],"artifacts":[],"syntheses":[],"events":[null]}', 'must be an'],
    [
      '{"run":{"id":"pay-plan"},"executions":[],"artifacts":[],"syntheses":[],"events":[]}',
      'do not hold together',
    ],
  ])('refuses the line %s as one thing', async (line, reason) => {
    const { world, text } = await anExport()
    writeFileSync(world.path('all.jsonl'), `${text}${line}`)

    const { code, report } = await importInto(world, ['all.jsonl'])
    expect(code).toBe(1)
    expect(report?.kinds).toEqual({ ...ALL, artifacts: { ...ALL.artifacts, read: 3, refused: 1 } })
    expect(report?.refusals).toEqual([
      { file: 'all.jsonl', row: 'line 5', reason: expect.stringContaining(reason) },
    ])
  })

  test('of nothing is nothing', async () => {
    const world = aWorld()
    writeFileSync(world.path('all.jsonl'), '')

    expect((await importInto(world, ['all.jsonl'])).report?.kinds).toEqual({
      artifacts: nothing,
      syntheses: nothing,
      executions: nothing,
      runs: { inferred: 0, stored: 0, extended: 0, present: 0 },
    })
  })

  test('of a file that is something else is CORRUPT', async () => {
    const world = aWorld()
    writeFileSync(world.path('notes.txt'), 'Dear diary')
    const { code, stderr } = await importInto(world, ['notes.txt'])

    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: CORRUPT: notes\.txt is neither a database nor the lines of an export/)
    expect(() => readFileSync(world.path('consensus.db'))).toThrow('ENOENT')
  })
})
