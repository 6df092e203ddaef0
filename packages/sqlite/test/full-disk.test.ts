import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { smallFileSystem } from '@consensus-store/conformance/services'
import { archiveFolder, backupBundles, type ConsensusStore, exportDigest } from '@consensus-store/core'
import { restoreSqliteBackup, sqliteStore } from '@consensus-store/sqlite'
import { describe, expect, test } from 'vitest'
import { apart } from '../src/apart.ts'
import { aSpaciousFile, shapeOf } from './a-spacious-file.ts'
import { temporaryFile } from './temporary.ts'

const MIB = 1024 * 1024
const full = { code: 'FULL' }

const addLarge = (store: ConsensusStore, id: string) =>
  store.artifacts.add({ id, runId: 'r0', agentName: 'code', content: 'x'.repeat(MIB) })

describe('when there is no space left on the device', () => {
  for (const durability of ['normal', 'full'] as const) {
    test(`writes are FULL with ${durability} durability, lose nothing, and work again when there is room`, async () => {
      using disk = smallFileSystem(8 * MIB)
      const { folder } = disk
      const path = join(folder, 'store.db')
      const acknowledged: string[] = []
      {
        await using store = await sqliteStore({ path, durability })
        await store.runs.start({ id: 'r0', specId: 'S', stage: 'plan' })
        {
          using _ = disk.fill(3 * MIB)
          const failed = (async () => {
            for (let i = 0; ; i++) {
              await addLarge(store, `a${i}`)
              acknowledged.push(`a${i}`)
            }
          })()
          await expect(failed).rejects.toMatchObject(full)
          for (const id of acknowledged) expect(await store.artifacts.get(id)).toBeDefined()
          const others = await Promise.allSettled(['b1', 'b2', 'b3'].map((id) => addLarge(store, id)))
          for (const other of others) expect(other).toMatchObject({ status: 'rejected', reason: full })
          expect((await store.health()).findings).toContainEqual(
            expect.objectContaining({ subject: 'disk_space' }),
          )
        }
        await addLarge(store, 'after')
        acknowledged.push('after')
      }
      await using store = await sqliteStore({ path, durability })
      const { items } = await store.artifacts.list({ runId: 'r0' })

      expect(items.map(({ id }) => id).sort()).toEqual(acknowledged.toSorted())
      expect((await store.verify()).differences).toEqual([])
    })
  }

  test('a backup is FULL, and leaves the one before and nothing else', async () => {
    using disk = smallFileSystem(6 * MIB)
    const { folder } = disk
    const path = temporaryFile()
    await aSpaciousFile(path, { kept: 10, deleted: 0, autoVacuum: true })
    await using store = await sqliteStore({ path })
    for (const backUp of [store.backup, (file: string) => backupBundles(store, file)]) {
      const file = join(folder, 'backup')
      await backUp(file)
      const before = readFileSync(file)
      {
        using _ = disk.fill(8 * 1024)
        await expect(backUp(file)).rejects.toMatchObject(full)
        expect(readdirSync(folder).sort()).toEqual(['backup', 'ballast'])
        expect(readFileSync(file).equals(before)).toBe(true)
      }
      await backUp(file)
    }
  })

  test('restoring a backup is FULL, and leaves nothing', async () => {
    using disk = smallFileSystem(6 * MIB)
    const { folder } = disk
    const path = temporaryFile()
    const file = temporaryFile('backup')
    await aSpaciousFile(path, { kept: 10, deleted: 0, autoVacuum: true })
    await using store = await sqliteStore({ path })
    await store.backup(file)
    const restored = join(folder, 'restored.db')
    {
      using _ = disk.fill(512 * 1024)
      await expect(restoreSqliteBackup({ file, path: restored })).rejects.toMatchObject(full)
      expect(readdirSync(folder)).toEqual(['ballast'])
    }
    expect(await restoreSqliteBackup({ file, path: restored })).toEqual(await exportDigest(store))
  })

  test('converting is FULL before anything is begun, unless it is only done when worthwhile', async () => {
    using disk = smallFileSystem(12 * MIB)
    const { folder } = disk
    const path = join(folder, 'store.db')
    await aSpaciousFile(path, { kept: 20, deleted: 12 })
    await using store = await sqliteStore({ path })
    const before = await exportDigest(store)
    {
      using _ = disk.fill(64 * 1024)
      await expect(store.reclaim({ convert: 'always' })).rejects.toMatchObject(full)
      expect((await store.reclaim({ convert: 'when worthwhile' })).converted).toBe(false)
      expect(shapeOf(path).autoVacuum).toBe(0)
      expect(await exportDigest(store)).toEqual(before)
    }
    expect((await store.reclaim({ convert: 'when worthwhile' })).converted).toBe(true)
    expect(shapeOf(path)).toMatchObject({ autoVacuum: 2, freePages: 0 })
    expect(await exportDigest(store)).toEqual(before)
  })

  test('converting that runs out of room in the middle leaves the file as it was, and no log of it', async () => {
    using disk = smallFileSystem(12 * MIB)
    const { folder } = disk
    const path = join(folder, 'store.db')
    await aSpaciousFile(path, { kept: 20, deleted: 12 })
    // Whoever closes a file last removes its log anyhow.
    await using store = await sqliteStore({ path })
    const before = readFileSync(path)
    {
      using _ = disk.fill(512 * 1024)
      await expect(apart('convert', { path, busyTimeoutMs: 1_000 })).rejects.toMatchObject(full)
      expect(statSync(`${path}-wal`).size).toBe(0)
    }

    expect(readFileSync(path).equals(before)).toBe(true)
    expect((await store.verify()).differences).toEqual([])
  })

  test('archiving is FULL or done, and a run is in its rows or in its archive', async () => {
    const original = temporaryFile()
    await aSpaciousFile(original, { kept: 8, deleted: 0, autoVacuum: true })
    const ids = Array.from({ length: 8 }, (_, i) => `r${i}`)
    for (const left of [0, 64 * 1024, 512 * 1024]) {
      using disk = smallFileSystem(16 * MIB)
      const { folder } = disk
      const path = join(folder, 'store.db')
      copyFileSync(original, path)
      await using store = await sqliteStore({ path })
      const before = await exportDigest(store)
      let refused = 0
      {
        using _ = disk.fill(left)
        for (const id of ids) {
          await store.archives.add(id).catch((error: unknown) => {
            expect(error).toMatchObject(full)
            refused += 1
          })
        }
        expect(await exportDigest(store)).toEqual(before)
      }
      expect(refused).toBeGreaterThan(0)
      for (const id of ids) await store.archives.add(id)
      expect((await store.archives.list()).items).toHaveLength(8)
      expect(await exportDigest(store)).toEqual(before)
      expect((await store.verify()).differences).toEqual([])
    }
  })

  test('archiving to a folder that is full is FULL, and leaves the run and no half file', async () => {
    using disk = smallFileSystem(2 * MIB)
    const { folder } = disk
    const path = temporaryFile()
    await aSpaciousFile(path, { kept: 2, deleted: 0, autoVacuum: true })
    await using store = await sqliteStore({ path })
    const before = await exportDigest(store)
    mkdirSync(join(folder, 'archives'))
    const options = { folder: archiveFolder(join(folder, 'archives')) }
    const names = () => readdirSync(join(folder, 'archives'), { recursive: true }).sort()
    await store.archives.add('r0', options)
    const kept = names()
    {
      using _ = disk.fill(8 * 1024)
      await expect(store.archives.add('r1', options)).rejects.toMatchObject(full)
      expect(names()).toEqual(kept)
      expect((await store.runs.get('r1'))?.archivedAt).toBeUndefined()
      expect(await exportDigest(store)).toEqual(before)
    }
    await store.archives.add('r1', options)
    expect(await exportDigest(store)).toEqual(before)
  })

  test('giving space back is FULL or done, loses nothing, and is done when there is room', async () => {
    const original = temporaryFile()
    await aSpaciousFile(original, { kept: 20, deleted: 60, autoVacuum: true })
    for (const left of [0, 16 * 1024, 128 * 1024]) {
      using disk = smallFileSystem(16 * MIB)
      const { folder } = disk
      const path = join(folder, 'store.db')
      copyFileSync(original, path)
      await using store = await sqliteStore({ path })
      const before = await exportDigest(store)
      {
        using _ = disk.fill(left)
        await store.reclaim().catch((error: unknown) => expect(error).toMatchObject(full))
        expect(await exportDigest(store)).toEqual(before)
      }
      await store.reclaim()
      expect(shapeOf(path).freePages).toBe(0)
      expect(await exportDigest(store)).toEqual(before)
      expect((await store.verify()).differences).toEqual([])
    }
  })
})
