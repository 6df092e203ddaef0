import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { sqliteStore } from '../src/index.ts'
import { temporaryFile } from './temporary.ts'

const settingsOf = async (path: string, durability: 'normal' | 'full') => {
  await using store = await sqliteStore({ path, durability })
  // What the machine that runs the tests is short of is not what they are about.
  return store.health({ latencyMs: 60_000, roomBytes: 0 })
}

describe('settings', () => {
  test.each([
    ['normal', 1],
    ['full', 2],
  ] as const)('with %s durability are all taken', async (durability, synchronous) => {
    const health = await settingsOf(temporaryFile(), durability)
    expect(health).toMatchObject({ ok: true, findings: [] })
    expect(health.details).toMatchObject({
      auto_vacuum: 2,
      journal_mode: 'wal',
      synchronous,
      foreign_keys: 1,
      busy_timeout: 0,
      temp_store: 2,
    })
  })

  test('are kept in the file where they belong to it', async () => {
    const path = temporaryFile()
    await settingsOf(path, 'normal')
    const bare = new Database(path, { readonly: true })
    expect(bare.pragma('auto_vacuum', { simple: true })).toBe(2)
    expect(bare.pragma('journal_mode', { simple: true })).toBe('wal')
    bare.close()
  })

  test('that a file cannot be brought to are findings, with what to do', async () => {
    const path = temporaryFile()
    const bare = new Database(path)
    bare.pragma('journal_mode = wal')
    bare.close()
    const { findings } = await settingsOf(path, 'normal')
    expect(findings).toEqual([
      expect.objectContaining({ severity: 'warning', subject: 'auto_vacuum', remedy: expect.any(String) }),
    ])
  })
})
