import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConsensusStore } from '@consensus-store/core'
import Database from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fill } from '../bench/fill.ts'
import { sqliteStore } from '../src/index.ts'
import { temporaryFile, temporaryFolder } from './temporary.ts'

async function opened(path: string): Promise<ConsensusStore> {
  const store = await sqliteStore({ path, mmapBytes: 0 })
  onTestFinished(() => store.close())
  return store
}

/** A file with something in every table, all of it in the file itself. */
async function aFile(): Promise<string> {
  const path = temporaryFile()
  await using store = await sqliteStore({ path })
  const { id: runId } = await store.runs.start({ specId: 'S', stage: 'plan' })
  const agent = { runId, agentId: 'a', agentName: 'code', phaseType: 'regular-stage' } as const
  await store.executions.spawn(agent)
  await store.executions.complete('a', { response: 'done' })
  await store.artifacts.add({ runId, agentName: 'code', content: { plan: 'first' } })
  await store.syntheses.add({ runId, verdict: 'unanimous', markdown: '# Plan' })
  await store.runs.conclude(runId, { verdict: 'unanimous' })
  await store.chores.take('tidying', 'somebody', 1)
  return path
}

const pageBytes = 4_096

/** What the machine that runs the tests is short of is not what they are about. */
const LENIENT = { latencyMs: 60_000, roomBytes: 0 }

describe('health of a file', () => {
  test('says where it was when it is there no more', async () => {
    const path = await aFile()
    const store = await opened(path)
    renameSync(path, `${path}.moved`)
    const { ok, findings } = await store.health()

    expect(ok).toBe(false)
    expect(findings).toMatchObject([{ severity: 'error', subject: 'database' }])
    expect(findings[0]!.message).toContain(path)
  })

  test('says that another one is in its place', async () => {
    const path = await aFile()
    const store = await opened(path)
    copyFileSync(path, `${path}.copy`)
    rmSync(path)
    renameSync(`${path}.copy`, path)

    expect((await store.health()).findings).toMatchObject([
      { severity: 'error', message: expect.stringContaining('another file') },
    ])
  })

  test('says that its whole folder is gone', async () => {
    const folder = temporaryFolder()
    const store = await opened(join(folder, 'store.db'))
    rmSync(folder, { recursive: true })

    expect(await store.health()).toMatchObject({ ok: false, findings: [{ subject: 'database' }] })
  })

  test('never rejects, whichever of its pages is damaged', { timeout: 60_000 }, async () => {
    const path = await aFile()
    const whole = readFileSync(path)
    const damaged = temporaryFile('damaged.db')
    let unwell = 0
    for (let page = 1; page < whole.length / pageBytes; page++) {
      const bytes = Buffer.from(whole)
      bytes.fill(0xa5, page * pageBytes, (page + 1) * pageBytes)
      for (const end of ['-wal', '-shm']) rmSync(damaged + end, { force: true })
      writeFileSync(damaged, bytes)
      // One whose schema or whose name cannot be read is not opened at all.
      const store = await sqliteStore({ path: damaged, mmapBytes: 0 }).catch(() => undefined)
      if (!store) continue
      const { ok, findings } = await store.health()
      expect(ok, `page ${page + 1}`).toBe(findings.every(({ severity }) => severity === 'warning'))
      for (const { remedy } of findings) expect(remedy).toMatch(/\S/)
      if (!ok) unwell += 1
      await store.close()
    }

    expect(unwell).toBeGreaterThan(5)
  })

  test('tells of what can be read when something cannot', async () => {
    const path = await aFile()
    const bare = new Database(path)
    const root = bare
      .prepare("select rootpage from sqlite_schema where name = 'chore'")
      .pluck()
      .get() as number
    bare.close()
    const bytes = readFileSync(path)
    bytes.fill(0xa5, (root - 1) * pageBytes, root * pageBytes)
    writeFileSync(path, bytes)
    const { ok, findings, rows, chores } = await (await opened(path)).health()

    expect({ ok, chores }).toEqual({ ok: false, chores: [] })
    expect(findings).toContainEqual(
      expect.objectContaining({ subject: 'database', message: expect.stringContaining('chores') }),
    )
    expect(rows?.runs).toEqual({ count: 1, precision: 'exact' })
  })

  test('sees that auto_vacuum was silently ignored, until the file is converted', async () => {
    const path = temporaryFile()
    const bare = new Database(path)
    bare.pragma('journal_mode = wal')
    bare.close()
    const store = await opened(path)
    const { settings, findings } = await store.health(LENIENT)
    expect(settings).toContainEqual(
      expect.objectContaining({ name: 'auto_vacuum', wanted: 2, actual: 0, remedy: findings[0]!.remedy }),
    )
    expect(findings).toMatchObject([{ subject: 'auto_vacuum' }])
    expect(findings[0]!.remedy).toContain('consensus reclaim --convert')
    await store.reclaim({ convert: 'always' })

    expect((await store.health(LENIENT)).findings).toEqual([])
  })

  test('names what gives space back of a file without auto_vacuum, and of one with it', async () => {
    const remedies = async (autoVacuum: boolean) => {
      const path = temporaryFile()
      if (!autoVacuum) {
        const bare = new Database(path)
        bare.pragma('journal_mode = wal')
        bare.close()
      }
      const store = await opened(path)
      const { id: runId } = await store.runs.start({ specId: 'S', stage: 'plan' })
      for (let i = 0; i < 18; i++)
        await store.artifacts.add({ runId, agentName: 'code', content: 'x'.repeat(1_000_000) })
      await store.runs.abandon(runId)
      await store.runs.delete(runId)
      const { findings } = await store.health({ latencyMs: 60_000, roomBytes: Number.MAX_SAFE_INTEGER })
      return ['free_space', 'disk_space'].map(
        (wanted) => findings.find(({ subject }) => subject === wanted)?.remedy,
      )
    }

    for (const remedy of await remedies(false)) expect(remedy).toContain('consensus reclaim --convert')
    for (const remedy of await remedies(true)) expect(remedy).toMatch(/consensus reclaim\./)
  })

  test('estimates rows well where next to nothing is left of most of the log', {
    timeout: 60_000,
  }, async () => {
    const runs = 25_000
    const path = temporaryFile()
    await (await sqliteStore({ path })).close()
    fill(path, runs)
    const gaps = {
      'nothing was deleted': '0',
      'one old run was pinned': 'case when position <= 4 then 0 else 3000000 end',
      'two were, far apart':
        'case when position <= 4 then 0 when position <= 8 then 1000000 else 3000000 end',
      'some were, here and there':
        'case when position <= 4000 then position / 4 * 1000 else 5000000 + (position > 60000) * 700000 end',
    }
    for (const [what, moved] of Object.entries(gaps)) {
      const bare = new Database(path)
      bare.exec(`drop index event_by_position; update event set position = position + ${moved};
        create unique index event_by_position on event (position)`)
      bare.close()
      const { rows } = await (await opened(path)).health()
      for (const [noun, count] of Object.entries({ runs, executions: runs, events: runs * 4 })) {
        const said = rows![noun as 'runs']
        expect(said.precision).toBe('estimated')
        expect(Math.abs(said.count / count - 1), `${noun} when ${what}`).toBeLessThan(0.1)
      }
    }
  })

  test('knows its sizes, and goes by the thresholds it is given', async () => {
    const path = await aFile()
    const store = await opened(path)
    await store.runs.start({ specId: 'S', stage: 'plan' })
    const { space, findings } = await store.health(LENIENT)

    expect(findings).toEqual([])
    expect(space).toMatchObject({ freeBytes: expect.any(Number), roomBytes: expect.any(Number) })
    expect(space!.walBytes).toBeGreaterThan(0)
    expect(space!.bytes).toBeGreaterThan(space!.walBytes)
    const strict = await store.health({ latencyMs: 60_000, walBytes: 0, roomBytes: Number.MAX_SAFE_INTEGER })
    expect(strict.findings.map(({ subject, severity }) => [subject, severity])).toEqual([
      ['disk_space', 'error'],
      ['wal', 'warning'],
    ])
  })
})
