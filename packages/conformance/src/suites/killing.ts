import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bundle, type ConsensusStore, readArchive } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allPages, contents } from '../contents.ts'
import { expectWhole } from '../expect-whole.ts'
import { aRun } from '../fixtures.ts'
import { aWholeRun } from '../golden-bundle.ts'
import { killedMidway, openAfterKill } from '../processes/killed.ts'
import { startProcess } from '../processes/process.ts'
import { bodyOf } from '../processes/tasks.ts'
import { promptly } from '../promptly.ts'
import type { It } from '../store-test.ts'
import type { Place } from '../subject.ts'
import { temporaryFolder } from '../temporary-file.ts'

const rounds = 6
const runIds = Array.from({ length: 60 }, (_, i) => `r${i}`)

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
        const name = `round ${round}`
        const some = 1 + Math.floor(Math.random() * 40)
        const killed = await killedMidway(durablePlace, 'write', { name }, { reports: some, withinMs: 4 })
        for (const { id, events } of killed.reports as readonly Acknowledged[]) acknowledged.set(id, events)

        await using store = await openAfterKill(durablePlace)
        await mustBeThere(store, acknowledged)
        await mustBeWhole(store)
      }
    })

    it('in the midst of deleting leaves every run whole or gone, and gone if that was acknowledged', {
      timeout: 120_000,
    }, async ({ durablePlace }) => {
      await wholeRuns(durablePlace)
      const deleted = new Set<unknown>()
      for (let round = 0; round < rounds; round++) {
        const killed = await killedMidway(
          durablePlace,
          'delete',
          { runIds },
          { reports: moreThan(deleted), withinMs: 2 },
        )
        for (const id of killed.reports) deleted.add(id)

        await using store = await openAfterKill(durablePlace)
        const { bundles: left } = await expectWhole(store)
        expect(left.filter(({ run }) => deleted.has(run.id))).toEqual([])
        expect(new Set(left.map(({ events }) => events.length))).toEqual(new Set(left.length > 0 ? [11] : []))
      }
    })

    it('in the midst of archiving leaves every run whole, in one place, and its file whole or not there', {
      timeout: 120_000,
    }, async ({ durablePlace }) => {
      const folder = temporaryFolder()
      const bundles = await wholeRuns(durablePlace)
      const archived = new Set<unknown>()
      for (let round = 0; round < rounds; round++) {
        const killed = await killedMidway(
          durablePlace,
          'archive',
          { runIds, folder },
          { reports: moreThan(archived), withinMs: 4 },
        )
        for (const id of killed.reports) archived.add(id)

        await using store = await openAfterKill(durablePlace)
        for (const id of archived)
          expect(await store.runs.get(id as string)).toMatchObject({ archivedAt: expect.any(Date) })
        await mustHold(store, bundles)
        const inFolder = await archivesOf(folder)
        for (const [id, bundle] of inFolder) expect(bundle).toStrictEqual(bundles.get(id))
        for (const { runId } of await allPages(store.archives.list)) expect(inFolder.has(runId)).toBe(true)
      }
      await using store = await durablePlace.open()
      for (const id of runIds) await store.archives.restore(id)
      await mustHold(store, bundles)
    })

    it('in the midst of putting runs back leaves every run whole, in one place', {
      timeout: 120_000,
    }, async ({ durablePlace }) => {
      const bundles = await wholeRuns(durablePlace)
      {
        await using store = await durablePlace.open()
        for (const id of runIds) await store.archives.add(id)
      }
      const back = new Set<unknown>()
      for (let round = 0; round < rounds; round++) {
        const killed = await killedMidway(
          durablePlace,
          'archive',
          { runIds, restoring: true },
          { reports: moreThan(back), withinMs: 2 },
        )
        for (const id of killed.reports) back.add(id)

        await using store = await openAfterKill(durablePlace)
        await mustHold(store, bundles)
        for (const id of back)
          expect(await store.runs.get(id as string)).toMatchObject({ archivedAt: undefined })
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

/** Runs that have one of everything and may be archived and deleted, and what each of them is. */
async function wholeRuns(place: Place): Promise<ReadonlyMap<string, Bundle>> {
  await using store = await place.open()
  const bundles = new Map<string, Bundle>()
  for (const id of runIds) bundles.set(id, await aWholeRun(store, id))
  return bundles
}

const moreThan = (done: ReadonlySet<unknown>): number => Math.min(done.size + 2, runIds.length)

/** Each run is there as it was, be it archived or not. */
async function mustHold(store: ConsensusStore, bundles: ReadonlyMap<string, Bundle>): Promise<void> {
  for (const [id, bundle] of bundles) expect(await store.runs.bundle(id)).toStrictEqual(bundle)
  expect((await store.verify()).differences).toEqual([])
}

/** What the files of a folder hold, by run. Every file that has its name can be read. */
async function archivesOf(folder: string): Promise<ReadonlyMap<string, Bundle>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json.zst'))
  const bundles = await Promise.all(names.map((name) => readArchive(join(folder, name))))
  return new Map(bundles.map((bundle) => [bundle.run.id, bundle]))
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
  const { bundles } = await expectWhole(store)
  for (const { run } of bundles) {
    if (run.id.endsWith('in a transaction')) expect(run.lastSequence).toBe(5)
    if (run.id.endsWith('as a bundle')) expect(run.lastSequence).toBe(10)
  }
}
