import type { Archive, ArchiveFolder } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { changesNothing } from '../contents.ts'
import { anAgent, anEndedRun, aRun } from '../fixtures.ts'
import { aWholeRun } from '../golden-bundle.ts'
import { together } from '../processes/process.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { archiveRaces } from './archive-races.ts'

export function archivingMeanwhile(it: It): void {
  describe('archiving a run while others write', () => {
    for (const [outcome, race] of Object.entries(archiveRaces)) {
      it(outcome, { timeout: 60_000 }, async ({ store }) => {
        await race(store, store)
        expect((await store.verify()).differences).toEqual([])
      })

      it(`${outcome}, in another store at the same place`, { timeout: 60_000 }, async ({ sharedPlace }) => {
        await using one = await sharedPlace.open()
        await using other = await sharedPlace.open()
        await race(one, other)
        expect((await one.verify()).differences).toEqual([])
      })
    }

    it('has processes that archive and put back leave every run whole', { timeout: 120_000 }, async ({
      sharedPlace,
    }) => {
      await using store = await sharedPlace.open()
      const runIds = Array.from({ length: 10 }, (_, i) => `r${i}`)
      const bundles = new Map<string, unknown>()
      for (const id of runIds) {
        bundles.set(id, await aWholeRun(store, id))
      }
      await together(sharedPlace, 'archive', [
        { runIds },
        { runIds: runIds.toReversed() },
        { runIds, restoring: true },
        { runIds: runIds.toReversed(), restoring: true },
      ])

      for (const id of runIds) expect(await store.runs.bundle(id)).toStrictEqual(bundles.get(id))
      expect(await store.verify()).toMatchObject({ runs: 10, events: 110, differences: [] })
    })

    it('is no difference to those who verify', { timeout: 60_000 }, async ({ store }) => {
      const runIds = Array.from({ length: 20 }, (_, i) => `r${i}`)
      for (const id of runIds) await anEndedRun(store, id, `${id} a`)
      const verifying = [store.verify()]
      for (const id of runIds) {
        verifying.push(store.verify())
        await store.archives.add(id)
      }
      for (const id of runIds) {
        verifying.push(store.verify())
        await store.archives.restore(id)
      }
      for (const { differences } of await Promise.all(verifying)) expect(differences).toEqual([])
    })
  })

  describe('a folder for archives', () => {
    it('is given the archive before anything leaves', async ({ store, clock }) => {
      await anEndedRun(store, 'r', 'a')
      const bundle = await store.runs.bundle('r')
      const { folder, kept } = aFolder(async () => {
        expect(await store.runs.get('r')).toMatchObject({ archivedAt: undefined })
        expect(await store.runs.bundle('r')).toStrictEqual(bundle)
        expect(await store.routes.find('a')).toBeDefined()
      })
      const { agentIds: _, ...archive } = await store.archives.add('r', { folder })

      expect(kept).toStrictEqual([{ archive, bytes: archive.bytes }])
      expect(archive.archivedAt).toEqual(clock.now())
    })

    it('that does not keep it keeps the run where it is', async ({ store }) => {
      await anEndedRun(store, 'r', 'a')
      const full = aFolder(() => {
        throw new Error('The folder is on fire')
      })
      await changesNothing(store, async () => {
        const { message, cause } = await refusal(
          'UNAVAILABLE',
          store.archives.add('r', { folder: full.folder }),
        )
        expect(message).toMatch(/r: The folder is on fire/)
        expect(cause).toMatchObject({ message: 'The folder is on fire' })
      })
      expect(full.kept).toHaveLength(1)
    })

    it('is given the archive of a run that was archived without', async ({ store }) => {
      await anEndedRun(store, 'r', 'a')
      const { agentIds: _, ...archive } = await store.archives.add('r')
      const { folder, kept } = aFolder()
      await store.archives.add('r', { folder })

      expect(kept).toStrictEqual([{ archive, bytes: archive.bytes }])
    })

    it('does not hold up who pins the run, and then it stays', async ({ store }) => {
      await anEndedRun(store, 'r', 'a')
      const { folder } = aFolder(() => store.runs.pin('r'))
      await refusal('CONFLICT', store.archives.add('r', { folder }))

      expect(await store.runs.get('r')).toMatchObject({ pinned: true, archivedAt: undefined })
      expect(await store.routes.find('a')).toBeDefined()
    })

    it('is given the archive anew when the run has changed meanwhile', async ({ store }) => {
      await anEndedRun(store, 'r', 'a')
      const { folder, kept } = aFolder(async () => {
        if (kept.length > 1) return
        await store.runs.pin('r')
        await store.runs.unpin('r')
      })
      const { checksum } = await store.archives.add('r', { folder })

      expect(kept).toHaveLength(2)
      expect(kept[1]!.archive.checksum).toBe(checksum)
      expect((await store.archives.get('r'))?.bundle.events).toHaveLength(6)
    })

    it('does not archive another run of the same id', async ({ store }) => {
      await anEndedRun(store, 'r', 'a')
      const { folder } = aFolder(async () => {
        await store.runs.delete('r')
        await aRun(store, { id: 'r', specId: 'OTHER' })
        await anAgent(store, { runId: 'r', agentId: 'a' })
        await store.executions.cancel('a')
      })
      await refusal('CONFLICT', store.archives.add('r', { folder }))

      expect(await store.runs.get('r')).toMatchObject({ specId: 'OTHER', archivedAt: undefined })
      expect(await store.events.read('r')).toHaveLength(3)
    })
  })
}

/** A folder that notes what it is given, and then does as told. */
function aFolder(meanwhile: () => unknown = () => {}) {
  const kept: { readonly archive: Archive; readonly bytes: number }[] = []
  const folder: ArchiveFolder = {
    async keep(archive, compressed) {
      kept.push({ archive, bytes: compressed.length })
      await meanwhile()
    },
  }
  return { folder, kept }
}
