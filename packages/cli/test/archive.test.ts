import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { intercept, StoreError } from '@consensus-store/core'
import { sqliteStore } from '@consensus-store/sqlite'
import { describe, expect, test } from 'vitest'
import { aHistory } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

async function aWorldWithHistory() {
  const world = aWorld()
  await world.write(aHistory)
  return world
}

describe('archive', () => {
  test('moves the runs that are named out of the way, and says what that comes to', async () => {
    const world = await aWorldWithHistory()
    const { code, stdout, stderr } = await world.run(['archive', 'pay-audit', 'find-plan'])

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /^Archived pay-audit and 2 agents: [\d,]+ bytes for [\d,]+\.\nArchived find-plan and 1 agent: /,
    )
    expect((await world.run(['route', 'code-pay-audit'])).code).toBe(1)
    expect((await world.run(['verify'])).code).toBe(0)
    expect((await world.run(['runs'])).stdout).toContain('pay-audit')
  })

  test('gives machines what each archive is', async () => {
    const world = await aWorldWithHistory()
    const { stdout } = await world.run(['archive', 'pay-audit', '--json'])

    expect(jsonLines(stdout)).toEqual([
      {
        runId: 'pay-audit',
        archivedAt: '2026-03-02T12:00:00.000Z',
        bytes: expect.any(Number),
        bundleBytes: expect.any(Number),
        checksum: expect.stringMatching(/^sha256:/),
        agentIds: ['claude-pay-audit', 'code-pay-audit'],
      },
    ])
  })

  test('says why a run stays, goes on with the others, and exits with 1', async () => {
    const world = await aWorldWithHistory()
    const { code, stdout, stderr } = await world.run([
      'archive',
      'pay-plan',
      'nobody',
      'find-again',
      'find-plan',
    ])

    expect(code).toBe(1)
    expect(stdout).toMatch(/^Archived find-plan .*\n$/)
    expect(stderr).toBe(
      'error: CONFLICT: Run pay-plan is pinned\nerror: NOT_FOUND: There is no run nobody\n' +
        'error: CONFLICT: Run find-again is running\n',
    )
  })

  test('goes on when one is too large for an archive', async () => {
    const world = await aWorldWithHistory()
    let asked = 0
    const backends = {
      narrow: async () =>
        intercept(await sqliteStore({ path: world.path('consensus.db') }), (operation, call) =>
          operation === 'archives.add' && asked++ === 0
            ? Promise.reject(new StoreError('UNSUPPORTED', 'Run pay-audit is too large'))
            : call(),
        ),
    }

    expect(
      await world.run(['archive', 'pay-audit', 'find-plan', '--store', 'narrow:'], { backends }),
    ).toEqual({
      code: 1,
      stdout: expect.stringMatching(/^Archived find-plan /),
      stderr: 'error: UNSUPPORTED: Run pay-audit is too large\n',
    })
  })

  test('keeps files in a folder too, which must be there', async () => {
    const world = await aWorldWithHistory()
    const missing = await world.run(['archive', 'pay-audit', '--folder', 'archives'])
    expect(missing).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('UNAVAILABLE') })
    expect(jsonLines((await world.run(['archives', '--json'])).stdout)).toEqual([])

    mkdirSync(world.path('archives'))
    expect((await world.run(['archive', 'pay-audit', '--folder', 'archives'])).code).toBe(0)
    expect(readdirSync(world.path('archives'))).toContain('manifest.jsonl')
  })
})

describe('an archived run', () => {
  test('is shown as it was, and as archived', async () => {
    const world = await aWorldWithHistory()
    const before = await world.run(['show', 'pay-audit'])
    const bodies = jsonLines((await world.run(['show', 'pay-audit', '--content', '--json'])).stdout)
    await world.run(['archive', 'pay-audit'])

    const { code, stdout } = await world.run(['show', 'pay-audit'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/ archived +2026-03-02 12:00 UTC\n/)
    expect(stdout.replace(/.* archived .*\n/, '')).toBe(before.stdout)
    const [now] = jsonLines((await world.run(['show', 'pay-audit', '--content', '--json'])).stdout)
    expect(now).toMatchObject({ ...bodies[0], run: { archivedAt: '2026-03-02T12:00:00.000Z' } })
  })

  test('answers replay, timeline, diff and export as before', async () => {
    const world = await aWorldWithHistory()
    const commands = [
      ['replay', 'pay-audit', '--state'],
      ['timeline', 'pay-audit'],
      ['diff', 'pay-audit', 'find-plan'],
      ['export', '--json'],
    ]
    const before = []
    for (const command of commands) before.push(await world.run(command))
    await world.run(['archive', 'pay-audit'])

    for (const [i, command] of commands.entries()) expect(await world.run(command)).toEqual(before[i])
    expect((await world.run(['replay', 'pay-audit'])).code).toBe(0)
  })

  test('is the latest of its stage, with its synthesis', async () => {
    const world = await aWorldWithHistory()
    await world.run(['archive', 'find-plan'])
    await world.write(({ runs }) => runs.unpin('pay-plan'))
    const before = await world.run(['latest', 'pay', 'plan', '--markdown'])
    const [told] = jsonLines((await world.run(['latest', 'pay', 'plan', '--json'])).stdout)
    expect((await world.run(['archive', 'pay-plan'])).code).toBe(0)

    expect(await world.run(['latest', 'pay', 'plan', '--markdown'])).toEqual(before)
    const [now] = jsonLines((await world.run(['latest', 'pay', 'plan', '--json'])).stdout)
    expect(now).toEqual({
      run: { ...(told!.run as object), archivedAt: '2026-03-02T12:00:00.000Z' },
      synthesis: told!.synthesis,
    })
    expect((await world.run(['latest', 'pay', 'plan'])).stdout).toContain('syn-1')
  })

  test('is listed by runs --archived', async () => {
    const world = await aWorldWithHistory()
    expect(await world.run(['runs', '--archived'])).toMatchObject({ stderr: 'No archived runs.\n' })
    await world.run(['archive', 'pay-audit'])
    const { stdout } = await world.run(['runs', '--archived'])

    expect(stdout).toMatch(/ARCHIVED \(UTC\)\s*\n/)
    expect(stdout.trimEnd().split('\n')).toHaveLength(2)
    expect(stdout).toContain('2026-03-02 12:00')
  })
})

describe('archives', () => {
  test('are listed, last archived first', async () => {
    const world = await aWorldWithHistory()
    expect(await world.run(['archives'])).toEqual({ code: 0, stdout: '', stderr: 'No archives.\n' })
    await world.run(['archive', 'pay-audit'], { now: new Date('2026-03-03T00:00:00Z') })
    await world.run(['archive', 'find-plan'], { now: new Date('2026-03-04T00:00:00Z') })

    const listed = jsonLines((await world.run(['archives', '--json'])).stdout)
    expect(listed.map(({ runId }) => runId)).toEqual(['find-plan', 'pay-audit'])
    const { stdout } = await world.run(['archives'])
    expect(stdout).toMatch(/RUN +ARCHIVED \(UTC\) +BYTES +FOR +CHECKSUM/)
    expect(stdout).toContain(`${listed[0]!.checksum}`.slice(0, 20))
    expect(await world.run(['archives', '--limit', '1'])).toMatchObject({
      stderr: 'These are the newest 1; --all shows every one.\n',
    })
  })

  test('restore brings runs back', async () => {
    const world = await aWorldWithHistory()
    const before = (await world.run(['export'])).stdout
    await world.run(['archive', 'pay-audit', 'find-plan'])

    expect(await world.run(['archives', 'restore', 'pay-audit', 'nobody', 'find-plan'])).toEqual({
      code: 1,
      stdout: expect.stringMatching(
        /^Run pay-audit is back, with \d+ events\.\nRun find-plan is back, with \d+ events\.\n$/,
      ),
      stderr: 'error: NOT_FOUND: There is no run nobody\n',
    })
    expect((await world.run(['route', 'code-pay-audit'])).code).toBe(0)
    expect((await world.run(['export'])).stdout).toBe(before)
    expect(await world.run(['archives'])).toMatchObject({ stderr: 'No archives.\n' })
  })

  test('restore takes a run from its file, whether the store knows it or not', async () => {
    const world = await aWorldWithHistory()
    const before = (await world.run(['export'])).stdout
    mkdirSync(world.path('archives'))
    await world.run(['archive', 'pay-audit', '--folder', 'archives'])
    const file = join('archives', readdirSync(world.path('archives')).find((name) => name.endsWith('.zst'))!)

    expect((await world.run(['archives', 'restore', '--from', file])).stdout).toContain('pay-audit is back')
    await world.run(['delete', 'pay-audit'])
    expect((await world.run(['archives', 'restore', '--from', file])).stdout).toContain('pay-audit is back')
    expect((await world.run(['export'])).stdout).toBe(before)

    writeFileSync(world.path(file), 'damaged')
    expect(await world.run(['archives', 'restore', '--from', file])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('error: CORRUPT: '),
    })
    rmSync(world.path(file))
    expect(await world.run(['archives', 'restore', '--from', file])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('UNAVAILABLE'),
    })
  })

  test('is not misunderstood', async () => {
    const world = await aWorldWithHistory()
    for (const [wrong, said] of [
      [['archives', 'delete', 'pay-audit'], 'archives takes restore'],
      [['archives', 'restore'], 'needs <run>, or --from <file>'],
      [['archives', 'restore', 'pay-audit', '--from', 'a'], 'needs <run>, or --from <file>'],
      [['archives', '--from', 'a'], '--from goes with archives restore'],
      [['archives', 'restore', 'pay-audit', '--limit', '1'], '--limit and --all are for the list'],
      [['archives', 'restore', 'pay-audit', '--all'], '--limit and --all are for the list'],
    ] as const) {
      const { code, stderr } = await world.run(wrong)
      expect(code).toBe(2)
      expect(stderr).toContain(said)
    }
  })
})
