import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConsensusStore } from '@consensus-store/core'
import { describe, expect, test } from 'vitest'
import { aWorld } from './world.ts'

async function anOldRun(store: ConsensusStore, id: string, stage = 'plan'): Promise<void> {
  await store.runs.start({ id, specId: 'PAY', stage })
  await store.executions.spawn({
    runId: id,
    agentId: `${id}-a`,
    agentName: 'code',
    phaseType: 'regular-stage',
  })
  await store.executions.complete(`${id}-a`, { response: '0123456789' })
  await store.runs.conclude(id, { verdict: 'unanimous' })
}

/** Looked at on the second of March 2026, at noon. */
async function anOldWorld() {
  const world = aWorld()
  await world.write(async (store, at) => {
    at('2025-11-01T12:00:00.000Z')
    await anOldRun(store, 'november')
    at('2026-01-15T12:00:00.000Z')
    await anOldRun(store, 'january')
    await anOldRun(store, 'audited', 'audit')
    at('2026-03-01T12:00:00.000Z')
    await anOldRun(store, 'march')
    await store.runs.start({ id: 'running', specId: 'PAY', stage: 'code' })
  })
  return world
}

const ids = async (world: ReturnType<typeof aWorld>) =>
  JSON.parse(`[${(await world.run(['runs', '--json'])).stdout.trim().replaceAll('\n', ',')}]`)
    .map(({ id, archivedAt }: { id: string; archivedAt?: string }) => (archivedAt ? `${id} archived` : id))
    .sort()

describe('retention', () => {
  test('plan lists what would be taken and why, and changes nothing', async () => {
    const world = await anOldWorld()
    const before = await ids(world)

    expect(await world.run(['retention', 'plan'])).toEqual({
      code: 0,
      stdout: `\
RUN       SPEC  STAGE  ENDED (UTC)       BYTES  NOW  ACTION              WHY
november  PAY   plan   2025-11-01 12:00     10       archive and delete  age
audited   PAY   audit  2026-01-15 12:00     10       archive             age
january   PAY   plan   2026-01-15 12:00     10       archive             age

As of 2026-03-02T12:00:00.000Z:
  to archive  3 runs, 30 bytes
  to delete   1 run, 10 bytes
  to keep     2 runs, 10 bytes: 1 running, 1 young
`,
      stderr: '',
    })
    expect(await ids(world)).toEqual(before)
  })

  test('plan lists what stays too, when told', async () => {
    const world = await anOldWorld()
    const { stdout } = await world.run(['retention', 'plan', '--all', '--keep-latest', '1'])

    expect(stdout).toMatch(/^march +PAY +plan +2026-03-01 12:00 +10 +keep +latest$/m)
    expect(stdout).toMatch(/^running +PAY +code +0 +keep +running$/m)
  })

  test('apply does what the plan says, and says how much that was', async () => {
    const world = await anOldWorld()

    expect(await world.run(['retention', 'apply'])).toEqual({
      code: 0,
      stdout: 'Archived 3 runs, 30 bytes; deleted 1 run, 10 bytes.\n',
      stderr: '',
    })
    expect(await ids(world)).toEqual(['audited archived', 'january archived', 'march', 'running'])
    expect((await world.run(['verify'])).code).toBe(0)
    expect((await world.run(['retention', 'apply'])).stdout).toBe(
      'Archived 0 runs, 0 bytes; deleted 0 runs, 0 bytes.\n',
    )
  })

  test('takes its policy from options, from a file, and from options before the file', async () => {
    const world = await anOldWorld()
    writeFileSync(
      world.path('policy.json'),
      JSON.stringify({
        archiveAfterDays: 'never',
        overrides: [{ stage: 'audit', deleteAfterDays: 'never' }],
      }),
    )
    const counts = async (...options: readonly string[]) => {
      const { stdout } = await world.run(['retention', 'plan', '--json', ...options])
      const { archive, delete: deleted, keep } = JSON.parse(stdout)
      return [archive.runs, deleted.runs, keep.runs]
    }

    expect(await counts('--archive-after', '0.5', '--delete-after', 'never')).toEqual([4, 0, 1])
    expect(await counts('--max-size', '0.01KB')).toEqual([3, 1, 2])
    expect(await counts('--max-size', '0')).toEqual([4, 1, 1])
    expect(await counts('--policy', 'policy.json', '--delete-after', '40')).toEqual([0, 2, 3])
  })

  test('gives machines the plan and the outcome as they are', async () => {
    const world = await anOldWorld()
    const plan = JSON.parse((await world.run(['retention', 'plan', '--json'])).stdout)
    const outcome = JSON.parse((await world.run(['retention', 'apply', '--json'])).stdout)

    expect(plan).toMatchObject({ asOf: '2026-03-02T12:00:00.000Z', archive: { runs: 3, bytes: 30 } })
    expect(plan.decisions).toContainEqual({
      runId: 'november',
      specId: 'PAY',
      stage: 'plan',
      action: 'archive and delete',
      why: 'age',
      archived: false,
      endedAt: '2025-11-01T12:00:00.000Z',
      bytes: 10,
    })
    expect(outcome).toEqual({
      asOf: plan.asOf,
      archived: plan.archive,
      deleted: plan.delete,
      failed: [],
    })
  })

  test('keeps archives in a folder, names what that refuses, and exits with 1', async () => {
    const world = await anOldWorld()
    mkdirSync(world.path('kept'))
    await world.run(['retention', 'apply', '--folder', 'kept', '--archive-after', '60'])
    const [name] = readdirSync(world.path('kept')).filter((file) => file.startsWith('november'))
    writeFileSync(join(world.path('kept'), name!), 'something else')

    await world.write(async (store, at) => {
      at('2025-11-01T12:00:00.000Z')
      await anOldRun(store, 'november')
    })
    const { code, stdout } = await world.run(['retention', 'apply', '--folder', 'kept'])

    expect(code).toBe(1)
    expect(stdout).toContain('1 run could not be taken, and stayed:\n')
    expect(stdout).toContain('november  CONFLICT: ')
    expect(await ids(world)).toEqual(['audited archived', 'january archived', 'march', 'november', 'running'])
  })

  test('refuses a clock that must be wrong, unless it is forced', async () => {
    const world = await anOldWorld()
    const now = new Date('2099-01-01T00:00:00.000Z')
    const refused = await world.run(['retention', 'apply'], { now })

    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('INVALID: the clock says 2099-01-01T00:00:00.000Z')
    expect((await world.run(['retention', 'apply', '--force'], { now })).code).toBe(0)
    expect(await ids(world)).toEqual(['running'])
  })

  test('says what is wrong with its options and its policy', async () => {
    const world = await anOldWorld()
    writeFileSync(world.path('broken.json'), '{')
    writeFileSync(world.path('list.json'), '[]')
    writeFileSync(world.path('misspelt.json'), '{"keepLast":1}')
    const complaint = async (...words: readonly string[]) => {
      const { code, stderr } = await world.run(['retention', ...words])
      return [code, stderr.split('\n')[0]]
    }

    expect(await complaint()).toEqual([2, 'error: retention needs <plan|apply>'])
    expect(await complaint('do')).toEqual([2, 'error: retention takes plan or apply, not "do"'])
    expect(await complaint('plan', '--folder', 'x')).toEqual([2, 'error: --folder goes with apply'])
    expect(await complaint('apply', '--all')).toEqual([2, 'error: --all goes with plan'])
    expect(await complaint('plan', '--archive-after', '1w')).toEqual([
      2,
      'error: --archive-after must be a number of days like 30 or 0.5, or never, not "1w"',
    ])
    expect(await complaint('plan', '--max-size', '1kb')).toEqual([
      2,
      'error: --max-size must be a size like 5000000, 500MB or 2GiB, not "1kb"',
    ])
    expect((await complaint('plan', '--policy', 'broken.json'))[1]).toMatch(/^error: broken.json is not JSON/)
    expect(await complaint('plan', '--policy', 'list.json')).toEqual([
      2,
      'error: list.json is no policy: it must hold an object',
    ])
    expect(await complaint('plan', '--policy', 'misspelt.json')).toEqual([
      1,
      'error: INVALID: policy.keepLast is not known here',
    ])
    expect((await complaint('plan', '--policy', 'none.json'))[0]).toBe(1)
  })

  test('is shown while it is under way, on a terminal', async () => {
    const world = await anOldWorld()
    const { stderr } = await world.run(['retention', 'apply'], { columns: 120 })

    expect(stderr).toContain('Runs archived or deleted 1')
  })
})
