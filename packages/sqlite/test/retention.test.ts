import { copyFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { smallFileSystem } from '@consensus-store/conformance/services'
import { MAX_LIMIT, type RetentionPolicy } from '@consensus-store/core'
import { sqliteStore } from '@consensus-store/sqlite'
import { describe, expect, test } from 'vitest'
import { aSpaciousFile } from './a-spacious-file.ts'
import { temporaryFile } from './temporary.ts'

const policies: Readonly<Record<string, RetentionPolicy>> = {
  'archives and deletes': { archiveAfterDays: 0, deleteAfterDays: 0 },
  archives: { archiveAfterDays: 0, deleteAfterDays: 'never' },
  deletes: { archiveAfterDays: 'never', deleteAfterDays: 0 },
}

describe('retention when there is no space left on the device', () => {
  for (const [title, policy] of Object.entries(policies)) {
    test(`that ${title} is FULL or done, loses nothing, and is done when there is room`, {
      timeout: 60_000,
    }, async () => {
      const original = temporaryFile()
      await aSpaciousFile(original, { kept: 8, deleted: 0, autoVacuum: true })
      const refusals: unknown[] = []
      for (const left of [0, 64 * 1024, 512 * 1024]) {
        using disk = smallFileSystem(16 * 1024 * 1024)
        const path = join(disk.folder, 'store.db')
        copyFileSync(original, path)
        await using store = await sqliteStore({ path })
        const before = await Promise.all(
          (await store.runs.list({ limit: MAX_LIMIT })).items.map(({ id }) => store.runs.bundle(id)),
        )
        {
          using _ = disk.fill(left)
          await store.retention.apply(policy).catch((error: unknown) => refusals.push(error))
          for (const bundle of before) {
            const now = await store.runs.bundle(bundle!.run.id)
            if (now) expect(now).toStrictEqual(bundle)
            else expect(policy.deleteAfterDays).toBe(0)
          }
        }
        await store.retention.apply(policy)

        expect((await store.runs.list()).items).toHaveLength(policy.deleteAfterDays === 0 ? 0 : 8)
        expect((await store.verify()).differences).toEqual([])
      }
      expect(refusals.length).toBeGreaterThan(0)
      for (const refused of refusals) expect(refused).toMatchObject({ code: 'FULL' })
    })
  }
})

describe('retention of a file', () => {
  for (const stopped of [false, true]) {
    const title = 'has the log copied into the file again by those who write afterwards'
    test(stopped ? `${title}, also when it is stopped` : title, async () => {
      const path = temporaryFile()
      await using store = await sqliteStore({ path })
      for (let i = 0; i < 50; i++) {
        await store.runs.start({ id: `r${i}`, specId: 'S', stage: 'plan' })
        await store.runs.abandon(`r${i}`)
      }
      const stopping = new AbortController()
      const applying = store.retention.apply(
        { archiveAfterDays: 'never', deleteAfterDays: 0 },
        { signal: stopping.signal, progress: () => void (stopped && stopping.abort('enough')) },
      )
      expect(await applying.then(() => 'done', String)).toBe(stopped ? 'enough' : 'done')
      for (let i = 0; i < 1_000; i++) {
        await store.runs.start({ id: `${i * 7_919} of many`, specId: `S${i}`, stage: 'plan' })
      }

      expect(statSync(`${path}-wal`).size).toBeLessThan(8 * 1024 * 1024)
    })
  }
})
