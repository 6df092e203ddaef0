import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bundle, type ConsensusStore, readArchive } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allPages, contents } from '../contents.ts'
import { aRun } from '../fixtures.ts'
import { likeGoldenBundle } from '../golden-bundle.ts'
import { startProcess } from '../processes/process.ts'
import { bodyOf } from '../processes/tasks.ts'
import { promptly } from '../promptly.ts'
import type { It } from '../store-test.ts'

const rounds = 6

interface Acknowledged {
  readonly id: string
  readonly events: number
}

export function killing(it: It): void {
  describe('being killed', () => {
    it('loses nothing that was acknowledged, and leaves nothing by halves', { timeout: 120_000 }, async ({
      durablePlace,
    }) => {
      const acknowledged = new Map<string, number>()
      for (let round = 0; round < rounds; round++) {
        await using writer = await startProcess(durablePlace, 'write', { name: `round ${round}` })
        await writer.open()
        void writer.start()
        await promptly(writer.reported(1 + Math.floor(Math.random() * 40)), 'a writer', 60_000)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
        await writer.kill()
        for (const { id, events } of writer.reports as readonly Acknowledged[]) acknowledged.set(id, events)

        await using store = await durablePlace.open()
        await lastSentIsDone(store)
        await mustBeThere(store, acknowledged)
        await mustBeWhole(store)
      }
    })

    it('in the midst of deleting leaves every run whole or gone, and gone if that was acknowledged', {
      timeout: 120_000,
    }, async ({ durablePlace }) => {
      const runIds = Array.from({ length: 60 }, (_, i) => `r${i}`)
      {
        await using store = await durablePlace.open()
        for (const id of runIds) {
          await store.runs.record(likeGoldenBundle(id))
          await store.runs.unpin(id)
        }
      }
      const deleted = new Set<unknown>()
      for (let round = 0; round < rounds; round++) {
        await using deleter = await startProcess(durablePlace, 'delete', { runIds })
        await deleter.open()
        void deleter.start()
        const some = Math.min(deleted.size + 2, runIds.length)
        await promptly(deleter.reported(some), 'a deleter', 60_000)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 2))
        await deleter.kill()
        for (const id of deleter.reports) deleted.add(id)

        await using store = await durablePlace.open()
        await lastSentIsDone(store)
        const left = (await contents(store)).bundles
        expect(left.filter(({ run }) => deleted.has(run.id))).toEqual([])
        expect(new Set(left.map(({ events }) => events.length))).toEqual(new Set(left.length > 0 ? [11] : []))
        await mustBeWhole(store)
      }
    })

    it('in the midst of archiving leaves every run whole, in one place, and its file whole or not there', {
      timeout: 120_000,
    }, async ({ durablePlace }) => {
      await using folder = await temporaryFolder()
      const runIds = Array.from({ length: 60 }, (_, i) => `r${i}`)
      const bundles = new Map<string, Bundle>()
      {
        await using store = await durablePlace.open()
        for (const id of runIds) {
          await store.runs.record(likeGoldenBundle(id))
          await store.runs.unpin(id)
          bundles.set(id, (await store.runs.bundle(id))!)
        }
      }
      const archived = new Set<unknown>()
      for (let round = 0; round < rounds; round++) {
        await using archiver = await startProcess(durablePlace, 'archive', { runIds, folder: folder.path })
        await archiver.open()
        void archiver.start()
        await promptly(archiver.reported(Math.min(archived.size + 2, runIds.length)), 'an archiver', 60_000)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
        await archiver.kill()
        for (const id of archiver.reports) archived.add(id)

        await using store = await durablePlace.open()
        await lastSentIsDone(store)
        for (const id of archived)
          expect(await store.runs.get(id as string)).toMatchObject({ archivedAt: expect.any(Date) })
        for (const id of runIds) expect(await store.runs.bundle(id)).toStrictEqual(bundles.get(id))
        expect((await store.verify()).differences).toEqual([])
        const inFolder = await archivesOf(folder.path)
        for (const [id, bundle] of inFolder) expect(bundle).toStrictEqual(bundles.get(id))
        for (const { runId } of await allPages(store.archives.list)) expect(inFolder.has(runId)).toBe(true)
      }
      await using store = await durablePlace.open()
      for (const id of runIds) await store.archives.restore(id)
      for (const id of runIds) expect(await store.runs.bundle(id)).toStrictEqual(bundles.get(id))
    })

    it('in the midst of putting runs back leaves every run whole, in one place', {
      timeout: 120_000,
    }, async ({ durablePlace }) => {
      const runIds = Array.from({ length: 60 }, (_, i) => `r${i}`)
      const bundles = new Map<string, Bundle>()
      {
        await using store = await durablePlace.open()
        for (const id of runIds) {
          await store.runs.record(likeGoldenBundle(id))
          await store.runs.unpin(id)
          bundles.set(id, (await store.runs.bundle(id))!)
          await store.archives.add(id)
        }
      }
      const back = new Set<unknown>()
      for (let round = 0; round < rounds; round++) {
        await using restorer = await startProcess(durablePlace, 'archive', { runIds, restoring: true })
        await restorer.open()
        void restorer.start()
        await promptly(restorer.reported(Math.min(back.size + 2, runIds.length)), 'a restorer', 60_000)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 2))
        await restorer.kill()
        for (const id of restorer.reports) back.add(id)

        await using store = await durablePlace.open()
        await lastSentIsDone(store)
        for (const id of runIds) expect(await store.runs.bundle(id)).toStrictEqual(bundles.get(id))
        for (const id of back)
          expect(await store.runs.get(id as string)).toMatchObject({ archivedAt: undefined })
        expect((await store.verify()).differences).toEqual([])
      }
    })

    it('in the midst of a transaction undoes it, and stops nobody', { timeout: 60_000 }, async ({
      durablePlace,
    }) => {
      await using holder = await startProcess(durablePlace, 'hold', { runId: 'undone' })
      await holder.open()
      void holder.start()
      await holder.reported(1)
      await holder.kill()

      await using store = await promptly(durablePlace.open(), 'opening', 30_000)
      expect(await contents(store)).toEqual({ bundles: [], events: [] })
      await promptly(aRun(store, { id: 'undone' }), 'writing', 30_000)
      expect((await store.verify()).differences).toEqual([])
    })

    it('while opening a new place leaves one that can be opened', { timeout: 120_000 }, async ({
      durablePlace,
    }) => {
      for (let round = 0; round < rounds; round++) {
        await using opening = await startProcess(durablePlace, 'hold', { runId: 'undone' })
        opening.open().catch(() => undefined)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 15))
      }

      await using store = await promptly(durablePlace.open(), 'opening', 30_000)
      expect(await contents(store)).toEqual({ bundles: [], events: [] })
      expect(await store.health()).toMatchObject({ ok: true })
    })
  })
}

interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
}

async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'consensus-store-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** What the files of a folder hold, by run. Every file that has its name can be read. */
async function archivesOf(folder: string): Promise<ReadonlyMap<string, Bundle>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json.zst'))
  const bundles = await Promise.all(names.map((name) => readArchive(join(folder, name))))
  return new Map(bundles.map((bundle) => [bundle.run.id, bundle]))
}

/** A server goes on with what a process had sent before it was killed: waits until nothing changes any more. */
async function lastSentIsDone(store: ConsensusStore): Promise<void> {
  const look = async () => {
    const position = await store.events.position()
    return JSON.stringify([position, (await allPages(store.runs.list)).map(({ id }) => id)])
  }
  for (let before = ''; ; ) {
    const now = await look()
    if (now === before) return
    before = now
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function mustBeThere(store: ConsensusStore, acknowledged: ReadonlyMap<string, number>): Promise<void> {
  for (const [id, events] of acknowledged) {
    const bundle = await store.runs.bundle(id)
    expect(bundle?.events.length ?? 0, id).toBeGreaterThanOrEqual(events)
    if (id.endsWith('as a bundle') || events < 4) continue
    expect(bundle).toMatchObject({
      executions: [{ agentId: id, response: bodyOf(id) }],
      artifacts: [{ id, content: bodyOf(id) }],
    })
    expect(await store.routes.find(id)).toMatchObject({ runId: id })
  }
}

/** What was written in one piece is there in one piece, acknowledged or not. */
async function mustBeWhole(store: ConsensusStore): Promise<void> {
  expect((await store.verify()).differences).toEqual([])
  const { bundles, events } = await contents(store)
  for (const { run } of bundles) {
    if (run.id.endsWith('in a transaction')) expect(run.lastSequence).toBe(5)
    if (run.id.endsWith('as a bundle')) expect(run.lastSequence).toBe(10)
  }
  const positions = events.map(({ position }) => position)
  expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b))
  expect(events).toHaveLength(bundles.reduce((sum, bundle) => sum + bundle.events.length, 0))
}
