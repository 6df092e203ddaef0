import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { ConsensusStore } from '@consensus-store/core'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { apart } from '../src/apart.ts'
import { restoreSqliteBackup, sqliteStore } from '../src/index.ts'
import { temporaryFile, temporaryFolder } from './temporary.ts'

async function start(store: ConsensusStore, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) await store.runs.start({ id, specId: 'S', stage: 'plan' })
}

async function idsIn(path: string): Promise<readonly string[]> {
  await using store = await sqliteStore({ path, create: false })
  return (await store.runs.list()).items.map(({ id }) => id).sort()
}

const refused = (done: Promise<unknown>, message: string) =>
  expect(done).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(message) })

const modeOf = (path: string) => statSync(path).mode & 0o777

/** A file and its log as a kill leaves them: the last run is in the log alone. */
async function killed(at: string): Promise<void> {
  const path = temporaryFile('killed.db')
  await using store = await sqliteStore({ path })
  await start(store, 'in the file')
  await store.reclaim()
  await start(store, 'in the log')
  for (const end of ['', '-wal']) copyFileSync(`${path}${end}`, `${at}${end}`)
}

describe('a backup', () => {
  test('takes the place of no store, open or not, and of no database of something else', async () => {
    const folder = temporaryFolder()
    const [file, other, places] = ['store.db', 'other.db', 'places.sqlite'].map((name) => join(folder, name))
    await using store = await sqliteStore({ path: file! })
    const another = await sqliteStore({ path: other! })
    await start(another, 'r1', 'r2', 'r3')
    // Nothing is left in its log.
    await another.reclaim()
    await refused(store.backup(file!), 'is the store itself')
    await refused(store.backup(other!), other!)
    await another.close()
    await refused(store.backup(other!), other!)
    expect(await idsIn(other!)).toEqual(['r1', 'r2', 'r3'])

    const bookmarks = new Database(places)
    bookmarks.exec("create table bookmark (url); insert into bookmark values ('mine')")
    bookmarks.close()
    const before = readFileSync(places!)
    await refused(store.backup(places!), places!)
    expect(readFileSync(places!).equals(before)).toBe(true)
  })

  test('moves nothing away that is no backup', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'backup.db')
    await using store = await sqliteStore({ path: temporaryFile() })
    await store.backup(file)
    writeFileSync(`${file}.1`, 'my own notes')
    await refused(store.backup(file, { keep: 2 }), `${file}.1`)
    await refused(store.backup(file, { keep: 3 }), `${file}.1`)

    expect(readFileSync(`${file}.1`, 'utf8')).toBe('my own notes')
    expect(readdirSync(folder).sort()).toEqual(['backup.db', 'backup.db.1'])
  })

  test('goes to no place with a log that belongs to another', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'backup.db')
    await using store = await sqliteStore({ path: temporaryFile() })
    for (const id of ['r1', 'r2']) {
      await start(store, id)
      await store.backup(file, { keep: 3 })
    }
    const before = readFileSync(`${file}.1`)
    writeFileSync(`${file}.1-wal`, 'what somebody wrote to it')
    await refused(store.backup(file, { keep: 3 }), `${file}.1-wal`)
    rmSync(`${file}.1-wal`)
    writeFileSync(`${file}.2-wal`, 'what somebody wrote to one that is gone')
    await refused(store.backup(file, { keep: 3 }), `${file}.2-wal`)

    expect(readFileSync(`${file}.1`).equals(before)).toBe(true)
    expect(existsSync(`${file}.2`)).toBe(false)
  })

  test('is a store from when it is opened as one, and stays then', async () => {
    const file = temporaryFile('backup.db')
    await using store = await sqliteStore({ path: temporaryFile() })
    await start(store, 'r1')
    await store.backup(file)
    {
      await using opened = await sqliteStore({ path: file })
      await refused(store.backup(file), file)
      await start(opened, 'r2')
    }
    await refused(store.backup(file), file)
    expect(await idsIn(file)).toEqual(['r1', 'r2'])
  })

  test('is read by others without a file beside it, and replaced afterwards', async () => {
    const file = temporaryFile('backup.db')
    await using store = await sqliteStore({ path: temporaryFile() })
    await start(store, 'r1')
    await store.backup(file)
    const reader = new Database(file, { readonly: true })
    expect(reader.prepare('select id from run').pluck().all()).toEqual(['r1'])
    expect(readdirSync(dirname(file))).toEqual([basename(file)])
    await store.backup(file)
    reader.close()
    await store.backup(file)
  })

  test('has the permissions of its store, and then of the one before', async () => {
    const [path, file] = [temporaryFile(), temporaryFile('backup.db')]
    await using store = await sqliteStore({ path })
    chmodSync(path, 0o600)
    await store.backup(file)
    expect(modeOf(file)).toBe(0o600)
    chmodSync(file, 0o440)
    await store.backup(file, { keep: 2 })
    expect([modeOf(file), modeOf(`${file}.1`)]).toEqual([0o440, 0o440])
  })

  test('goes where a link leads', async () => {
    const [file, target] = [temporaryFile('link.db'), temporaryFile('backup.db')]
    symlinkSync(target, file)
    await using store = await sqliteStore({ path: temporaryFile() })
    for (let i = 0; i < 2; i++) expect((await store.backup(file, { keep: 2 })).file).toBe(file)

    expect(lstatSync(file).isSymbolicLink()).toBe(true)
    expect(readdirSync(dirname(file))).toEqual(['link.db'])
    expect(readdirSync(dirname(target)).sort()).toEqual(['backup.db', 'backup.db.1'])
    expect(await idsIn(target)).toEqual([])
  })

  test('into a folder that goes meanwhile is UNAVAILABLE', async () => {
    await using store = await sqliteStore({ path: temporaryFile() })
    for (let i = 0; i < 50; i++) await start(store, `r${i}`)
    const folder = join(temporaryFolder(), 'backups')
    for (const share of [0, 0.5, 0.9]) {
      mkdirSync(folder)
      const lost = store.backup(join(folder, 'backup.db'), {
        progress: (now) => now >= share && rmSync(folder, { recursive: true, force: true }),
      })
      await expect(lost).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    }
  })

  test('of a store whose file is gone is UNAVAILABLE', async () => {
    const path = temporaryFile()
    await using store = await sqliteStore({ path })
    for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`)
    await expect(store.backup(temporaryFile('backup.db'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test.each(['back up', 'check'] as const)(
    'that cannot %s for want of the file is UNAVAILABLE',
    async (job) => {
      const [path, nowhere] = [temporaryFile(), join(temporaryFolder(), 'not', 'there')]
      await (await sqliteStore({ path })).close()
      const input = job === 'check' ? { path: nowhere } : { path, to: nowhere }
      await expect(apart(job, input as never)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining(input.path),
      })
    },
  )
})

describe('restoring', () => {
  test('takes no file for whole that has a log beside it', async () => {
    const folder = temporaryFolder()
    const [file, path] = [join(folder, 'backup.db'), join(folder, 'restored.db')]
    await killed(file)
    await refused(restoreSqliteBackup({ file, path }), `${file}-wal`)
    expect(existsSync(path)).toBe(false)

    expect(await idsIn(file)).toEqual(['in the file', 'in the log'])
    expect(await restoreSqliteBackup({ file, path })).toMatchObject({ runs: 2 })
    expect(await idsIn(path)).toEqual(['in the file', 'in the log'])
  })

  test('takes no file that somebody has open', async () => {
    const [file, path] = [temporaryFile(), temporaryFile('restored.db')]
    await using store = await sqliteStore({ path: file })
    await start(store, 'r1')
    await store.reclaim()
    await refused(restoreSqliteBackup({ file, path }), file)
  })

  test('makes a store of a backup, which takes writes and stays where it is', async () => {
    const folder = temporaryFolder()
    const [file, path] = [join(folder, 'backup.db'), join(folder, 'restored.db')]
    await using store = await sqliteStore({ path: temporaryFile() })
    await start(store, 'r1')
    await store.backup(file)
    await restoreSqliteBackup({ file, path })

    await refused(store.backup(path), path)
    {
      await using restored = await sqliteStore({ path })
      await start(restored, 'r2')
    }
    expect(await idsIn(path)).toEqual(['r1', 'r2'])
    await store.backup(file)
  })

  test('of a backup that may only be read makes a store that may be written', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'backup.db')
    await using store = await sqliteStore({ path: temporaryFile() })
    await start(store, 'r1')
    await store.backup(file)
    chmodSync(file, 0o444)
    chmodSync(folder, 0o777)
    // The superuser may write anything, so as the superuser the attempt is made as nobody.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const script = `
      import { restoreSqliteBackup } from ${JSON.stringify(import.meta.resolve('../src/index.ts'))}
      const [file, path] = process.argv.slice(1)
      console.log((await restoreSqliteBackup({ file, path })).runs)`
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script, file, join(folder, 'restored.db')],
      { encoding: 'utf8', ...nobody },
    )
    expect(stdout, stderr).toBe('1\n')
    expect(modeOf(join(folder, 'restored.db'))).toBe(0o644)
  })
})
