import { chownSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { postgresService, smallFileSystem } from '@consensus-store/conformance/services'
import { type ConsensusStore, exportDigest } from '@consensus-store/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aClient, aStore } from './database.ts'

const MIB = 1024 * 1024
const full = { code: 'FULL' }

/** A database whose tables are on a disk of so many bytes; nothing else of the server is. It is of this machine, as the disk is. */
async function aDatabaseOnSmallDisk(bytes: number) {
  const service = await postgresService({ own: true, ways: ['local'] })
  onTestFinished(() => service.stop())
  const client = await aClient(service.url)
  const [{ data_directory: data }] = (await client.query('show data_directory')).rows

  const disk = smallFileSystem(bytes)
  onTestFinished(() => disk[Symbol.dispose]())
  const location = join(disk.folder, 'tables')
  mkdirSync(location)
  const { uid, gid } = statSync(data)
  for (const path of [disk.folder, location]) chownSync(path, uid, gid)
  await client.query(`create tablespace small location '${location}'`)
  await client.query('create database small tablespace small')
  return { disk, url: Object.assign(new URL(service.url), { pathname: '/small' }).href }
}

const addLarge = (store: ConsensusStore, id: string) =>
  store.artifacts.add({ id, runId: 'r0', agentName: 'code', content: 'x'.repeat(MIB) })

/** Six runs that ended, each of some hundreds of kilobytes that hardly shrink. */
async function endedRuns(store: ConsensusStore): Promise<readonly string[]> {
  const ids = Array.from({ length: 6 }, (_, i) => `r${i}`)
  for (const id of ids) {
    await store.runs.start({ id, specId: 'S', stage: 'plan' })
    const content = Array.from({ length: 20_000 }, () => Math.random())
    await store.artifacts.add({ runId: id, agentName: 'code', content })
    await store.runs.abandon(id)
  }
  return ids
}

describe('when there is no space left for the tables', () => {
  test('writes are FULL, lose nothing, and work again when there is room', { timeout: 120_000 }, async () => {
    const { disk, url } = await aDatabaseOnSmallDisk(48 * MIB)
    const store = await aStore({ url })
    await store.runs.start({ id: 'r0', specId: 'S', stage: 'plan' })
    const acknowledged: string[] = []
    {
      using _ = disk.fill(4 * MIB)
      const failed = (async () => {
        for (let i = 0; ; i++) {
          await addLarge(store, `a${i}`)
          acknowledged.push(`a${i}`)
        }
      })()
      await expect(failed).rejects.toMatchObject(full)
      await expect(store.archives.add('r0')).rejects.toMatchObject({ code: 'CONFLICT' })
      for (const id of acknowledged) expect(await store.artifacts.get(id)).toBeDefined()
      await store.reclaim().catch((error: unknown) => expect(error).toMatchObject(full))
    }
    await addLarge(store, 'after')
    acknowledged.push('after')

    const { items } = await store.artifacts.list({ runId: 'r0' })
    expect(items.map(({ id }) => id).sort()).toEqual(acknowledged.toSorted())
    expect((await store.verify()).differences).toEqual([])
    await store.reclaim()
  })

  test('archiving is FULL or done, and a run is in its rows or in its archive', {
    timeout: 120_000,
  }, async () => {
    const { disk, url } = await aDatabaseOnSmallDisk(48 * MIB)
    const store = await aStore({ url })
    const ids = await endedRuns(store)
    const before = await exportDigest(store)
    let refused = 0
    {
      using _ = disk.fill(64 * 1024)
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

    expect(await exportDigest(store)).toEqual(before)
    expect((await store.verify()).differences).toEqual([])
  })

  for (const [title, policy, kept] of [
    ['archives', { archiveAfterDays: 0, deleteAfterDays: 'never' }, 6],
    ['archives and deletes', { archiveAfterDays: 0, deleteAfterDays: 0 }, 0],
  ] as const) {
    test(`retention that ${title} is FULL, loses nothing, and is done when there is room`, {
      timeout: 120_000,
    }, async () => {
      const { disk, url } = await aDatabaseOnSmallDisk(48 * MIB)
      const store = await aStore({ url })
      const ids = await endedRuns(store)
      const before = await Promise.all(ids.map((id) => store.runs.bundle(id)))
      {
        using _ = disk.fill(64 * 1024)
        await expect(store.retention.apply(policy)).rejects.toMatchObject(full)
        expect(await Promise.all(ids.map((id) => store.runs.bundle(id)))).toStrictEqual(before)
      }
      await store.retention.apply(policy)

      const { items } = await store.runs.list({ archived: true })
      expect(items).toHaveLength(kept)
      expect((await store.runs.list()).items).toHaveLength(kept)
      expect((await store.verify()).differences).toEqual([])
    })
  }
})
