import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { MIGRATION_TABLE, SCHEMA_VERSION } from '@consensus-store/sql'
import Database from 'better-sqlite3'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { sqliteStore } from '../src/index.ts'
import { temporaryFile, temporaryFolder } from './temporary.ts'

const opened = async (path: string) => {
  await using store = await sqliteStore({ path })
  return store.runs.list()
}

/** How often the schema of a database was changed: SQLite counts. */
function schemaChanges(path: string): unknown {
  const database = new Database(path, { readonly: true })
  try {
    return database.pragma('schema_version', { simple: true })
  } finally {
    database.close()
  }
}

describe('opening', () => {
  test('makes a missing file, and finds it again', async () => {
    const path = temporaryFile()
    {
      await using store = await sqliteStore({ path })
      await store.runs.start({ id: 'r1', specId: 'S', stage: 'plan' })
    }
    await using store = await sqliteStore({ path })
    expect(await store.runs.get('r1')).toMatchObject({ id: 'r1' })
  })

  test('takes an empty file for a missing one', async () => {
    const path = temporaryFile()
    writeFileSync(path, '')
    expect(await opened(path)).toEqual({ items: [], next: undefined })
  })

  test('a missing file many times at once migrates it once', async () => {
    const [alone, crowded] = [temporaryFile('alone.db'), temporaryFile('crowded.db')]
    await opened(alone)
    await Promise.all(Array.from({ length: 8 }, () => opened(crowded)))

    expect(schemaChanges(crowded)).toBe(schemaChanges(alone))
  })

  test('leaves a missing file missing when told not to make it', async () => {
    const path = temporaryFile()
    await expect(sqliteStore({ path, create: false })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(existsSync(path)).toBe(false)
  })

  test('fills no empty file, and no empty database, when told not to make one', async () => {
    const [path, other] = [temporaryFile(), temporaryFile()]
    writeFileSync(path, '')
    const database = new Database(other)
    database.pragma('user_version = 1')
    database.close()
    for (const at of [path, other]) {
      const before = readFileSync(at)
      await expect(sqliteStore({ path: at, create: false })).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('is empty'),
      })
      expect(readFileSync(at).equals(before)).toBe(true)
    }
  })

  test('follows a link to the file, beside which the log is, also before that is there', async () => {
    const [path, link] = [temporaryFile(), temporaryFile('link.db')]
    symlinkSync(path, link)
    for (const round of ['made', 'found']) {
      await using store = await sqliteStore({ path: link })
      await store.runs.start({ id: round, specId: 'S', stage: 'plan', labels: { x: 'x'.repeat(60_000) } })
      const { details, space } = await store.health()
      const bytes = ['', '-wal', '-shm'].map((end) => statSync(`${path}${end}`).size)
      expect(details).toMatchObject({ path: realpathSync(path) })
      expect(space).toMatchObject({ bytes: bytes[0]! + bytes[1]! + bytes[2]! })
    }
    expect(readdirSync(dirname(link))).toEqual(['link.db'])
  })

  test('is UNAVAILABLE where links lead in a circle', async () => {
    const path = temporaryFile()
    symlinkSync(path, path)
    await expect(sqliteStore({ path })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('refuses a folder', async () => {
    await expect(sqliteStore({ path: temporaryFolder() })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('refuses a file in a folder that is not there', async () => {
    const path = join(temporaryFolder(), 'nowhere', 'store.db')
    await expect(sqliteStore({ path })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('refuses a file that may not be written', () => {
    const path = temporaryFile()
    const folder = dirname(path)
    writeFileSync(path, '')
    chmodSync(path, 0o444)
    chmodSync(folder, 0o555)
    // The superuser may write anything, so as the superuser the attempt is made as nobody.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const script = `
      import { sqliteStore } from ${JSON.stringify(import.meta.resolve('../src/index.ts'))}
      await sqliteStore({ path: process.argv[1] }).catch((error) => console.log(error.code))`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script, path], {
      encoding: 'utf8',
      ...nobody,
    })
    chmodSync(folder, 0o755)
    expect(child.stdout, child.stderr).toBe('UNAVAILABLE\n')
    expect(statSync(path).size).toBe(0)
  })

  test.each([
    ['some text', 'This is a file of notes, long enough to be anything at all.'],
    ['a few bytes', 'SQL'],
  ])('refuses %s, untouched', async (_, contents) => {
    const path = temporaryFile()
    writeFileSync(path, contents)
    await expect(sqliteStore({ path })).rejects.toMatchObject({ code: 'CORRUPT' })
    expect(readFileSync(path, 'utf8')).toBe(contents)
    expect(readdirSync(dirname(path))).toEqual(['store.db'])
  })

  test('refuses a database of something else, untouched', async () => {
    const path = temporaryFile()
    const other = new Database(path)
    other.exec('create table note (text); insert into note values (1)')
    other.close()
    const before = readFileSync(path)
    await expect(sqliteStore({ path })).rejects.toMatchObject({ code: 'SCHEMA' })
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(readdirSync(dirname(path))).toEqual(['store.db'])
  })

  test('refuses a store of a newer version, untouched', async () => {
    const path = temporaryFile()
    await opened(path)
    const newer = new Database(path)
    newer.prepare(`insert into ${MIGRATION_TABLE} values (?, 'from the future', 0)`).run(SCHEMA_VERSION + 1)
    newer.pragma('wal_checkpoint(truncate)')
    newer.close()
    const before = readFileSync(path)
    await expect(sqliteStore({ path })).rejects.toMatchObject({ code: 'SCHEMA' })
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  test.each([
    ['path', { path: 7 as never }],
    ['path', { path: '' }],
    ['create', { path: 'x.db', create: 1 as never }],
    ['durability', { path: 'x.db', durability: 'some' as never }],
    ['busyTimeoutMs', { path: 'x.db', busyTimeoutMs: -1 }],
    ['mmapBytes', { path: 'x.db', mmapBytes: 1.5 }],
  ])('names a wrong %s', async (argument, options) => {
    await expect(sqliteStore(options)).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining(argument),
    })
  })

  test('in memory leaves nothing behind', async () => {
    vi.stubEnv('TMPDIR', temporaryFolder())
    onTestFinished(() => void vi.unstubAllEnvs())
    {
      await using store = await sqliteStore({ path: ':memory:' })
      await store.runs.start({ specId: 'S', stage: 'plan' })
      expect(store.supports).toEqual({ durable: false, shared: false })
      expect(readdirSync(tmpdir())).toHaveLength(1)
    }
    expect(readdirSync(tmpdir())).toEqual([])
  })

  test('in memory many times adds one listener to the process, and takes it away again', async () => {
    const listeners = process.listenerCount('exit')
    const stores = await Promise.all(Array.from({ length: 12 }, () => sqliteStore({ path: ':memory:' })))
    expect(process.listenerCount('exit')).toBe(listeners + 1)
    for (const store of stores) await store.close()
    expect(process.listenerCount('exit')).toBe(listeners)
  })

  test('finds paths that need quoting elsewhere', async () => {
    const folder = join(temporaryFolder(), 'a folder, 100% ünïcode #1?')
    mkdirSync(folder)
    expect(await opened(join(folder, "it's a store.db"))).toEqual({ items: [], next: undefined })
  })
})

test('a file whose maker was killed half-way is put in order', async () => {
  const path = temporaryFile()
  // A rollback journal that was never finished, as a kill leaves it: the file beside a copy of its journal.
  const making = new Database(path)
  making.exec('create table half (text)')
  making.pragma('cache_spill = on')
  making.pragma('cache_size = 1')
  making.exec('begin')
  making.exec(`drop table half; create table other (text)`)
  making.exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
    insert into other select hex(randomblob(200)) from n`)
  const half = readFileSync(path)
  const journal = readFileSync(`${path}-journal`)
  making.exec('rollback')
  making.exec('drop table half')
  making.close()
  writeFileSync(path, half)
  writeFileSync(`${path}-journal`, journal)

  await expect(sqliteStore({ path })).rejects.toMatchObject({ code: 'SCHEMA' })
})
