import { statSync } from 'node:fs'
import { sqliteStore } from '@consensus-store/sqlite'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { aSpaciousFile, shapeOf } from './a-spacious-file.ts'
import { temporaryFile } from './temporary.ts'

async function aFile(options?: Parameters<typeof aSpaciousFile>[1]): Promise<string> {
  const path = temporaryFile()
  await aSpaciousFile(path, { autoVacuum: true, ...options })
  return path
}

const onDisk = (path: string) =>
  ['', '-wal', '-shm'].reduce(
    (bytes, end) => bytes + (statSync(`${path}${end}`, { throwIfNoEntry: false })?.size ?? 0),
    0,
  )

describe('giving space back', () => {
  test('leaves no free page, an empty log and files that are as small as it says', async () => {
    const path = await aFile({ kept: 2, deleted: 40 })
    await using store = await sqliteStore({ path })
    const before = onDisk(path)
    const reclaimed = await store.reclaim()

    expect(shapeOf(path).freePages).toBe(0)
    expect(statSync(`${path}-wal`).size).toBe(0)
    expect(reclaimed).toEqual({ before, after: onDisk(path), converted: false, unconverted: 0 })
    expect(reclaimed.after).toBeLessThan(before / 8)
  })

  test('is done piece by piece, and writers go in between', async () => {
    const path = await aFile({ kept: 0, deleted: 150 })
    await using store = await sqliteStore({ path })
    await store.runs.start({ id: 'meanwhile', specId: 'S', stage: 'plan' })
    const order: string[] = []
    const reclaimed = store.reclaim({ progress: () => order.push('piece') }).then(() => order.push('done'))
    for (let i = 0; !order.includes('done'); i++) {
      await store.artifacts.add({ id: `m${i}`, runId: 'meanwhile', agentName: 'code', content: i })
      order.push('write')
    }
    await reclaimed

    const pieces = order.filter((what) => what === 'piece').length
    const first = order.indexOf('piece')
    const between = order.slice(first, order.lastIndexOf('piece')).filter((what) => what === 'write')
    expect(pieces).toBeGreaterThan(3)
    expect(between.length).toBeGreaterThanOrEqual(pieces - 2)
  })

  test('says what was kept from being given back by somebody who reads, and gives it back when they are done', async () => {
    const path = await aFile({ kept: 2, deleted: 40 })
    const reader = new Database(path, { readonly: true })
    await using store = await sqliteStore({ path, busyTimeoutMs: 50 })
    reader.exec('begin')
    reader.prepare('select count(*) from run').get()
    const told: number[] = []
    const kept = await store.reclaim({ progress: (bytes) => told.push(bytes) })
    expect(kept.after).toBe(onDisk(path))
    expect(Math.max(...told)).toBeLessThanOrEqual(Math.max(0, kept.before - kept.after))
    expect(kept.after).toBeGreaterThan(kept.before / 2)
    expect(reader.prepare('select count(*) from run').pluck().get()).toBe(2)
    reader.exec('commit')
    reader.close()
    const given = await store.reclaim()

    expect(given.after).toBe(onDisk(path))
    expect(given.after).toBeLessThan(kept.before / 8)
  })

  test('goes on when somebody else frees pages meanwhile', async () => {
    const path = await aFile({ kept: 40, deleted: 200 })
    const { freePages } = shapeOf(path)
    const other = new Database(path)
    await using store = await sqliteStore({ path })
    let turns = 0
    await store.reclaim({
      progress() {
        turns += 1
        // More than a turn gives back.
        if (turns === 1) other.exec('pragma foreign_keys = off; delete from body')
      },
    })
    const shape = shapeOf(path)
    other.close()

    expect(turns).toBeGreaterThan(3)
    expect(shape.freePages).toBeLessThan(freePages / 4)
  })

  test('waits for another process that writes as long as any write does', async () => {
    const path = await aFile()
    const writer = new Database(path)
    await using store = await sqliteStore({ path, busyTimeoutMs: 50 })
    writer.exec('begin immediate')
    await expect(store.reclaim()).rejects.toMatchObject({ code: 'BUSY' })
    writer.exec('commit')
    writer.close()

    expect((await store.reclaim()).after).toBe(onDisk(path))
    expect(shapeOf(path).freePages).toBe(0)
  })

  test('of a store in memory is as of any other', async () => {
    await using store = await sqliteStore({ path: ':memory:' })
    const { id: runId } = await store.runs.start({ id: 'r', specId: 'S', stage: 'plan' })
    await store.artifacts.add({ runId, agentName: 'code', content: 'x'.repeat(1_000_000) })
    await store.runs.abandon('r')
    await store.runs.delete('r')
    const { before, after } = await store.reclaim()

    expect(before - after).toBeGreaterThan(1_000_000)
  })
})
