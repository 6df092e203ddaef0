import { readFileSync, writeFileSync } from 'node:fs'
import { parseBundle, stringifyBundle } from '@consensus-store/core'
import { describe, expect, test } from 'vitest'
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
  runs: { inferred: 0, stored: 4, present: 0 },
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
      runs: { inferred: 0, stored: 0, present: 4 },
    })
  })

  test('as a dry run says the same, also where a line comes twice or is broken', async () => {
    const { world, text, lines } = await anExport()
    writeFileSync(world.path('all.jsonl'), `${text}${lines[0]}\n\n{"run":1}\nbroken\n`)

    const rehearsed = await importInto(world, ['all.jsonl', '--dry-run'])
    expect((await world.run(['runs'])).code).toBe(1)
    const real = await importInto(world, ['all.jsonl'])
    expect(real.report?.kinds.runs).toEqual({ inferred: 0, stored: 4, present: 1 })
    expect(real.report?.refusals.map(({ row }) => row)).toEqual(['line 7', 'line 8'])
    expect(rehearsed).toEqual({ ...real, report: { ...real.report, dryRun: true } })
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
        runs: { inferred: 0, stored: 3, present: 0 },
      })
      expect(report?.refusals).toHaveLength(5)
      expect(report?.refusals[0]).toEqual({
        file: 'all.jsonl',
        row: 'line 4, artifacts art-1',
        reason: 'bundle is of run pay-plan, which is stored with another log',
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
      runs: { inferred: 0, stored: 0, present: 0 },
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
