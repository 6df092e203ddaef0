import { mkdir, open, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  backupBundles,
  type ConsensusStore,
  exportDigest,
  restoreBackup as restoreRight,
  stringifyBundle,
} from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { changesNothing, contents } from '../contents.ts'
import { anArtifact, aRun } from '../fixtures.ts'
import { goldenBundle, likeGoldenBundle } from '../golden-bundle.ts'
import { startProcess } from '../processes/process.ts'
import { promptly } from '../promptly.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'
import { temporaryFile } from '../temporary-file.ts'

export function backups(it: It, restoreBackup: typeof restoreRight = restoreRight): void {
  describe('backups', () => {
    it('restore everything, word for word', async ({ store, restored }) => {
      await playStory(store)
      await store.runs.record(goldenBundle())
      const file = await newFile()
      const backup = await store.backup(file)
      const other = await restored(file)

      expect(backup).toEqual({
        file,
        format: expect.stringMatching(/^(sqlite|bundles)$/),
        bytes: (await stat(file)).size,
        runs: 4,
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      })
      expect((await contents(other)).bundles).toStrictEqual((await contents(store)).bundles)
      expect((await other.verify()).differences).toEqual([])
    })

    it('of nothing restore nothing', async ({ store, restored }) => {
      const file = await newFile()
      const { runs } = await store.backup(file)

      expect(runs).toBe(0)
      expect((await contents(await restored(file))).bundles).toEqual([])
    })

    it('have the digest of what can be exported, which is that of any store with the same history', async ({
      store,
      openStore,
    }) => {
      const other = await openStore()
      const ids = ['b', 'a', 'B', '\uffee', '\u{1f600}']
      for (const id of ids) await store.runs.record(likeGoldenBundle(id))
      for (const id of ids.toReversed()) await other.runs.record(likeGoldenBundle(id))
      const { digest } = await store.backup(await newFile())

      expect((await exportDigest(store)).digest).toBe(digest)
      expect((await other.backup(await newFile())).digest).toBe(digest)
      await other.runs.unpin('a')
      expect((await other.backup(await newFile())).digest).not.toBe(digest)
    })

    it('hold everything that was acknowledged before they began, while others write', async ({
      store,
      restored,
    }) => {
      let writing = true
      const acknowledged: string[] = []
      const writer = (async () => {
        for (let i = 0; writing; i++) {
          await store.runs.record(likeGoldenBundle(`r${i}`))
          acknowledged.push(`r${i}`)
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      })()
      for (let round = 0; round < 3; round++) {
        await promptly(
          until(() => acknowledged.length > 10 * (round + 1)),
          'a writer',
          30_000,
        )
        const before = [...acknowledged]
        const file = await newFile()
        await store.backup(file)
        const other = await restored(file)
        for (const id of before) expect(await other.runs.get(id)).toBeDefined()
        expect((await other.verify()).differences).toEqual([])
      }
      writing = false
      await writer
    })

    it('hold archived runs as they were, and give the same history', async ({ store, restored, clock }) => {
      await store.runs.record(goldenBundle())
      await store.runs.record(likeGoldenBundle('other'))
      for (const id of [goldenBundle().run.id, 'other']) await store.runs.unpin(id)
      const { digest } = await store.backup(await newFile())
      const { bundles } = await contents(store)
      clock.advance(86_400_000)
      await store.archives.add(goldenBundle().run.id)
      const file = await newFile()
      const backup = await store.backup(file)
      const other = await restored(file)

      expect(backup).toMatchObject({ runs: 2, digest })
      expect((await contents(other)).bundles).toStrictEqual(bundles)
      expect((await other.verify()).differences).toEqual([])
    })

    it('are whole while runs are archived, put back and deleted', async ({ store, restored }) => {
      const kept = ['a', 'b', 'c', 'd'].map((id) => likeGoldenBundle(`kept-${id}`))
      for (const bundle of kept) await store.runs.record(bundle)
      for (const { run } of kept) await store.runs.unpin(run.id)
      const bundles = await Promise.all(kept.map(({ run }) => store.runs.bundle(run.id)))
      let [writing, rounds] = [true, 0]
      const writer = (async () => {
        for (; writing; rounds++) {
          const { id } = kept[rounds % kept.length]!.run
          await store.archives.add(id)
          await store.runs.delete(`passing-${rounds - 1}`)
          await store.runs.record(likeGoldenBundle(`passing-${rounds}`))
          await store.runs.unpin(`passing-${rounds}`)
          await store.archives.restore(id)
          await new Promise((resolve) => setTimeout(resolve, 1))
        }
      })()
      for (let round = 1; round <= 3; round++) {
        await promptly(
          until(() => rounds > 2 * round),
          'a writer',
          30_000,
        )
        const file = await newFile()
        await store.backup(file)
        const other = await restored(file)
        for (const bundle of bundles) expect(await other.runs.bundle(bundle!.run.id)).toStrictEqual(bundle)
        expect((await other.verify()).differences).toEqual([])
      }
      writing = false
      await writer
    })

    it('change nothing in the store', async ({ store }) => {
      await playStory(store)
      const file = await newFile()
      await changesNothing(store, () => store.backup(file))
    })

    it('take the places of older ones, as many as are to be kept', async ({ store, restored }) => {
      const file = await newFile()
      const made: string[] = []
      for (let i = 0; i < 5; i++) {
        await store.runs.record(likeGoldenBundle(`r${i}`))
        made.push((await store.backup(file, { keep: 3 })).digest)
      }

      const names = ['', '.1', '.2'].map((end) => `${file}${end}`)
      expect(await namesBeside(file)).toEqual(names.map((name) => basename(name)))
      for (const [i, name] of names.entries()) {
        expect((await exportDigest(await restored(name))).digest).toBe(made.at(-1 - i))
      }
      await store.backup(file)
      expect(await namesBeside(file)).toEqual(names.map((name) => basename(name)))
      expect((await exportDigest(await restored(`${file}.1`))).digest).toBe(made.at(-2))
    })

    it('that are made at once to one place all take it, one after the other', async ({ store, restored }) => {
      const file = await newFile()
      for (const keep of [2, 3]) {
        await store.runs.record(likeGoldenBundle(`r${keep}`))
        await store.backup(file, { keep })
        const made = await Promise.all([1, 2, 3].map(() => store.backup(file, { keep })))

        const names = ['', '.1', '.2'].slice(0, keep).map((end) => `${file}${end}`)
        expect(await namesBeside(file)).toEqual(names.map((name) => basename(name)))
        for (const name of names) {
          expect((await exportDigest(await restored(name))).digest).toBe(made[0]!.digest)
        }
      }
    })

    it('that are aborted at any point leave the one before as it was, and nothing else', async ({
      store,
      restored,
    }) => {
      const file = await newFile()
      for (let i = 0; i < 20; i++) await store.runs.record(likeGoldenBundle(`r${i}`))
      const { digest } = await store.backup(file)
      await store.runs.record(likeGoldenBundle('more'))
      const reason = new Error('no more of it')
      const untouched = await readFile(file)
      for (const from of [0, 0.25, 0.5, 0.75, 0.95]) {
        const controller = new AbortController()
        const stopped = store.backup(file, {
          signal: controller.signal,
          progress: (share) => share >= from && controller.abort(reason),
        })
        await expect(stopped).rejects.toBe(reason)
        expect((await readFile(file)).equals(untouched)).toBe(true)
        expect(await namesBeside(file)).toEqual([basename(file)])
      }
      await expect(store.backup(file, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)

      expect((await exportDigest(await restored(file))).digest).toBe(digest)
    })

    it('replace nothing that is no backup', async ({ store }) => {
      const file = await newFile()
      await writeFile(file, 'dear diary')
      await refusal('CONFLICT', store.backup(file))
      await mkdir(`${file} folder`)
      await refusal('CONFLICT', store.backup(`${file} folder`))

      expect(await readFile(file, 'utf8')).toBe('dear diary')
      expect(await namesBeside(file)).toEqual([basename(file), `${basename(file)} folder`])
    })

    it('move away nothing that is no backup', async ({ store }) => {
      const file = await newFile()
      await store.backup(file)
      const before = await readFile(file)
      await writeFile(`${file}.1`, 'dear diary')
      for (const keep of [2, 3]) await refusal('CONFLICT', store.backup(file, { keep }))

      expect((await readFile(file)).equals(before)).toBe(true)
      expect(await readFile(`${file}.1`, 'utf8')).toBe('dear diary')
      expect(await namesBeside(file)).toEqual([basename(file), `${basename(file)}.1`])
    })

    it('follow a link, and leave it', async ({ store, restored }) => {
      const [file, target] = [await newFile(), await newFile()]
      await symlink(target, file)
      await store.runs.record(goldenBundle())
      for (let i = 0; i < 2; i++) expect((await store.backup(file, { keep: 2 })).file).toBe(file)

      expect(await namesBeside(file)).toEqual([basename(file)])
      expect(await namesBeside(target)).toEqual([basename(target), `${basename(target)}.1`])
      expect((await contents(await restored(file))).bundles).toHaveLength(1)
    })

    it('to a folder that is not there are UNAVAILABLE', async ({ store }) => {
      const file = join(await newFile(), 'not', 'there')
      await refusal('UNAVAILABLE', store.backup(file))
    })

    it('that are damaged restore nothing, or all there was', async ({ store, restored }) => {
      await playStory(store)
      await store.runs.record(goldenBundle())
      const file = await newFile()
      const { bytes, digest } = await store.backup(file)
      for (let i = 0; i < 12; i++) {
        const damaged = await newFile()
        await writeFile(damaged, await readFile(file))
        await flip(damaged, Math.floor((bytes * i) / 12))
        // What no part of the history is kept in may be damaged without harm.
        const outcome = await restored(damaged).then(
          async (other) => (await exportDigest(other)).digest,
          (error: { code?: unknown }) => error.code,
        )
        expect(['CORRUPT', digest]).toContain(outcome)
      }
      for (const part of [0.1, 0.5, 0.9]) {
        const cut = await newFile()
        await writeFile(cut, (await readFile(file)).subarray(0, Math.floor(bytes * part)))
        await refusal('CORRUPT', restored(cut))
      }
    })

    it('of a store that is damaged are CORRUPT, and leave the one before as it was', async ({
      damageable,
    }) => {
      await using store = await damageable.open()
      await playStory(store)
      const file = await newFile()
      await store.backup(file)
      const untouched = await readFile(file)
      await damageable.damage(`delete from body where position = (select max(position) from body)`)
      await refusal('CORRUPT', store.backup(file, { keep: 2 }))

      expect((await readFile(file)).equals(untouched)).toBe(true)
      expect(await namesBeside(file)).toEqual([basename(file)])
    })

    it('in bundles fill a store of any kind', async ({ store, openStore }) => {
      await playStory(store)
      for (let i = 0; i < 100; i++) await store.runs.record(likeGoldenBundle(`r${i}`))
      const file = await newFile()
      const { digest, runs } = await backupBundles(store, file)
      const other = await openStore()

      expect(await restoreBackup(file, other)).toEqual({ digest, runs })
      expect((await exportDigest(other)).digest).toBe(digest)
      expect((await other.verify()).differences).toEqual([])
    })

    it('fill no store that there is anything in', async ({ store, openStore }) => {
      const file = await newFile()
      await store.runs.record(goldenBundle())
      await backupBundles(store, file)
      const full = await openStore()
      await aRun(full)
      await changesNothing(full, () => refusal('CONFLICT', restoreBackup(file, full)))
      const followed = await openStore()
      await followed.cursors.save('indexer', 7)
      await changesNothing(followed, () => refusal('CONFLICT', restoreBackup(file, followed)))
    })

    it('that are damaged in bundles write nothing to a store', async ({ store, openStore }) => {
      await playStory(store)
      for (let i = 0; i < 20; i++) await store.runs.record(likeGoldenBundle(`r${i}`))
      const file = await newFile()
      const { bytes } = await backupBundles(store, file)
      const other = await openStore()
      for (const at of [0, 100, Math.floor(bytes / 2), bytes - 600, bytes - 500, bytes - 400]) {
        await flip(file, at)
        await changesNothing(other, () => refusal('CORRUPT', restoreBackup(file, other)))
        await flip(file, at)
      }

      await restoreBackup(file, other)
      const one = async (from: ConsensusStore) => stringifyBundle((await from.runs.bundle('r7'))!)
      expect(await one(other)).toBe(await one(store))
    })

    it('by processes that are killed leave a whole one', { timeout: 120_000 }, async ({
      durablePlace,
      restored,
    }) => {
      const file = await newFile()
      {
        await using store = await durablePlace.open()
        for (let i = 0; i < 30; i++) {
          const { id: runId } = await aRun(store, { id: `r${i}` })
          await anArtifact(store, { runId, content: 'x'.repeat(20_000) })
        }
      }
      for (let round = 0; round < 3; round++) {
        await using one = await startProcess(durablePlace, 'back up', { file })
        await using other = await startProcess(durablePlace, 'back up', { file })
        for (const process of [one, other]) {
          await process.open()
          void process.start()
        }
        await promptly(Promise.all([one.reported(1), other.reported(1)]), 'two backups', 60_000)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 80))
        await Promise.all([one.kill(), other.kill()])

        const backup = await restored(file)
        expect((await backup.runs.list({ limit: 100 })).items).toHaveLength(30)
        expect((await backup.verify()).differences).toEqual([])
      }
      // What was left in the middle goes once nobody has been at it for a while.
      for (const name of await readdir(dirname(file))) {
        if (name !== basename(file)) await utimes(join(dirname(file), name), new Date(0), new Date(0))
      }
      await using store = await durablePlace.open()
      await store.backup(file, { keep: 2 })
      expect(await namesBeside(file)).toEqual([basename(file), `${basename(file)}.1`])
    })
  })
}

/** A path in a folder of its own. */
async function newFile(): Promise<string> {
  const folder = temporaryFile()
  await mkdir(folder)
  return join(folder, 'backup')
}

const namesBeside = async (file: string) => (await readdir(dirname(file))).sort()

/** Changes one bit of a file; twice changes nothing. */
async function flip(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at)
    buffer[0]! ^= 0x10
    await handle.write(buffer, 0, 1, at)
  } finally {
    await handle.close()
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1))
}
