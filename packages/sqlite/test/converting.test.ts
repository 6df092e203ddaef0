import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, statSync } from 'node:fs'
import { exportDigest, upkeepRound } from '@consensus-store/core'
import { sqliteStore } from '@consensus-store/sqlite'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { apart } from '../src/apart.ts'
import { aSpaciousFile, shapeOf } from './a-spacious-file.ts'
import { HISTORIES } from './histories.ts'
import { temporaryFile } from './temporary.ts'

async function aFileAndItsDigest(options?: Parameters<typeof aSpaciousFile>[1]) {
  const path = temporaryFile()
  await aSpaciousFile(path, options)
  await using store = await sqliteStore({ path })
  return { path, digest: await exportDigest(store) }
}

describe('a file that was made without auto_vacuum', () => {
  test('keeps its free pages until it is converted, and then gives back every one', async () => {
    const { path, digest } = await aFileAndItsDigest({ kept: 1, deleted: 60 })
    const { pages, freePages, bytes } = shapeOf(path)
    expect(freePages / pages).toBeGreaterThan(0.95)
    await using store = await sqliteStore({ path })
    const unconverted = freePages * (bytes / pages)
    expect(await store.reclaim()).toMatchObject({ converted: false, unconverted })
    expect(shapeOf(path)).toMatchObject({ autoVacuum: 0, freePages })
    const { before, after, ...rest } = await store.reclaim({ convert: 'always' })

    expect(rest).toEqual({ converted: true, unconverted: 0 })
    expect(before).toBeGreaterThanOrEqual(bytes)
    expect(after).toBeLessThan(bytes / 10)
    expect(after).toBe(statSync(path).size + statSync(`${path}-wal`).size + statSync(`${path}-shm`).size)
    expect(shapeOf(path)).toMatchObject({ autoVacuum: 2, freePages: 0 })
    expect(await exportDigest(store)).toEqual(digest)
    expect((await store.verify()).differences).toEqual([])
  })

  // Where the real histories lie: the file that an older tool let grow, of another schema, so what is beneath the store is used.
  test.skipIf(!HISTORIES)('shrinks to a twentieth when it is the one that grew without bound', async () => {
    const path = temporaryFile()
    copyFileSync(`${HISTORIES}/legacy/original.db`, path)
    chmodSync(path, 0o600)
    const before = { ...shapeOf(path), rows: rowsIn(path) }
    expect(before.freePages / before.pages).toBeGreaterThan(0.95)
    await apart('convert', { path, busyTimeoutMs: 1_000 })

    expect(statSync(path).size).toBeLessThan(before.bytes / 19)
    expect(shapeOf(path)).toMatchObject({ autoVacuum: 2, freePages: 0 })
    expect(rowsIn(path)).toEqual(before.rows)
    expect(integrity(path)).toBe('ok')
  })

  test('is as health wants it from then on, in every store that is open on it', async () => {
    const { path } = await aFileAndItsDigest()
    await using one = await sqliteStore({ path })
    await using other = await sqliteStore({ path })
    const subjects = async () => {
      const reports = await Promise.all([one.health(), other.health()])
      return reports.map(({ findings }) => findings.map(({ subject }) => subject))
    }
    expect(await subjects()).toEqual([
      expect.arrayContaining(['auto_vacuum']),
      expect.arrayContaining(['auto_vacuum']),
    ])
    await one.reclaim({ convert: 'always' })

    for (const found of await subjects()) expect(found).not.toContain('auto_vacuum')
    await other.runs.start({ id: 'after', specId: 'S', stage: 'plan' })
    expect(await one.runs.get('after')).toBeDefined()
  })

  test('is converted when worthwhile only if a quarter of it is free', async () => {
    const hardly = await aFileAndItsDigest({ kept: 30, deleted: 3 })
    const worthwhile = await aFileAndItsDigest({ kept: 20, deleted: 12 })
    for (const [{ path, digest }, converts] of [
      [hardly, false],
      [worthwhile, true],
    ] as const) {
      await using store = await sqliteStore({ path })
      expect((await store.reclaim({ convert: 'when worthwhile' })).converted).toBe(converts)
      expect(await exportDigest(store)).toEqual(digest)
    }
  })

  test('is converted once', async () => {
    const { path } = await aFileAndItsDigest()
    await using store = await sqliteStore({ path })
    expect((await store.reclaim({ convert: 'always' })).converted).toBe(true)
    expect((await store.reclaim({ convert: 'always' })).converted).toBe(false)
  })

  test('lets its own writers wait while it is converted, and the event loop go on', async () => {
    const { path } = await aFileAndItsDigest({ kept: 40, deleted: 10 })
    await using store = await sqliteStore({ path, busyTimeoutMs: 1 })
    await store.runs.start({ id: 'meanwhile', specId: 'S', stage: 'plan' })
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const converted = store.reclaim({ convert: 'always' })
    const written = Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        store.artifacts.add({ id: `m${i}`, runId: 'meanwhile', agentName: 'code', content: i }),
      ),
    )
    expect((await converted).converted).toBe(true)
    await written
    clearInterval(timer)

    expect(turns).toBeGreaterThan(0)
    expect((await store.artifacts.list({ runId: 'meanwhile' })).items).toHaveLength(20)
    expect((await store.verify()).differences).toEqual([])
  })

  test('is converted by upkeep, however much longer it takes than its lease', {
    timeout: 60_000,
  }, async () => {
    const { path } = await aFileAndItsDigest({ kept: 200, deleted: 10 })
    await using store = await sqliteStore({ path })
    const { done } = await upkeepRound(store, { reclaim: { convert: 'always' }, leaseMs: 90 })

    expect(done).toMatchObject([{ chore: 'reclaim', outcome: { ok: true, summary: { converted: true } } }])
    const chores = await store.chores.list()
    expect(chores.map(({ name, holder, last }) => [name, holder, last?.ok])).toEqual([
      ['reclaim', undefined, true],
      ['upkeep', undefined, true],
    ])
  })

  test('is as it was when the process that converts it is killed', { timeout: 120_000 }, async () => {
    const original = await aFileAndItsDigest({ kept: 60, deleted: 60 })
    let interrupted = 0
    for (let round = 0; round < 8; round++) {
      const path = temporaryFile()
      copyFileSync(original.path, path)
      const child = fork(new URL('./converter.ts', import.meta.url), [path], { execArgv: [] })
      const exit = once(child, 'exit')
      await once(child, 'message')
      await new Promise((resolve) => setTimeout(resolve, 5 + round * 15))
      child.kill('SIGKILL')
      await exit

      await using store = await sqliteStore({ path })
      if (shapeOf(path).autoVacuum === 0) interrupted += 1
      expect(await exportDigest(store)).toEqual(original.digest)
      expect((await store.verify()).differences).toEqual([])
      expect(integrity(path)).toBe('ok')
    }
    expect(interrupted).toBeGreaterThan(0)
  })
})

const rowsIn = (path: string) => {
  const database = new Database(path, { readonly: true })
  try {
    const tables = database
      .prepare("select name from sqlite_schema where type = 'table' order by name")
      .pluck()
    return (tables.all() as string[]).map((table) => [
      table,
      database.prepare(`select * from "${table}"`).raw().all(),
    ])
  } finally {
    database.close()
  }
}

const integrity = (path: string) => {
  const database = new Database(path, { readonly: true })
  try {
    return database.pragma('integrity_check', { simple: true })
  } finally {
    database.close()
  }
}
