import { type ConsensusStore, type Event, watch } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents } from '../contents.ts'
import { anAgent, anArtifact, aRun } from '../fixtures.ts'
import { persistently } from '../persistently.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

export function cursors(it: It): void {
  describe('cursors', () => {
    it('are kept as they were saved, and there is none before', async ({ store }) => {
      expect(await store.cursors.load('indexer')).toBeUndefined()
      expect(await store.cursors.save('indexer', 7)).toBe(7)
      expect(await store.cursors.save('mailer', 0)).toBe(0)

      expect(await store.cursors.load('indexer')).toBe(7)
      expect(await store.cursors.load('mailer')).toBe(0)
      expect(await store.cursors.load('Indexer')).toBeUndefined()
      expect(await store.cursors.save('far', Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER)
      expect(await store.cursors.load('far')).toBe(Number.MAX_SAFE_INTEGER)
    })

    it('only go forward: what is saved late or again gives what is kept and changes nothing', async ({
      store,
      clock,
    }) => {
      await store.cursors.save('indexer', 7)
      const before = await store.cursors.list()
      clock.advance(1_000)
      for (const position of [7, 6, 0]) expect(await store.cursors.save('indexer', position)).toBe(7)
      expect(await store.cursors.list()).toStrictEqual(before)
      expect(await store.transaction((tx) => tx.cursors.save('indexer', 5))).toBe(7)
      expect(await store.cursors.save('indexer', 8)).toBe(8)

      expect(await store.cursors.list()).toStrictEqual([
        { name: 'indexer', position: 8, savedAt: clock.now() },
      ])
    })

    it('saved many times at once are as far as the farthest', async ({ store }) => {
      const positions = Array.from({ length: 20 }, (_, i) => (i * 7) % 20)
      const given = await Promise.all(
        positions.map((position) =>
          position % 3 === 0
            ? persistently(() => store.transaction((tx) => tx.cursors.save('indexer', position)))
            : store.cursors.save('indexer', position),
        ),
      )

      expect(await store.cursors.load('indexer')).toBe(19)
      for (const [i, position] of positions.entries()) expect(given[i]).toBeGreaterThanOrEqual(position)
    })

    it('are forgotten when they are deleted, and may begin again anywhere', async ({ store }) => {
      await store.cursors.save('indexer', 7)
      await store.cursors.save('mailer', 3)
      expect(await store.cursors.delete('indexer')).toBe(7)
      expect(await store.cursors.delete('indexer')).toBeUndefined()

      expect(await store.cursors.load('indexer')).toBeUndefined()
      expect(await store.cursors.load('mailer')).toBe(3)
      expect(await store.cursors.save('indexer', 2)).toBe(2)
    })

    it('are listed by name, in the order of code points, from any name on', async ({ store, clock }) => {
      const names = ['B', 'a', 'b', 'é', '\uffee', '\u{1f600}']
      for (const [i, name] of [...names.entries()].reverse()) await store.cursors.save(name, i)
      const listed = names.map((name, position) => ({ name, position, savedAt: clock.now() }))

      expect(await store.cursors.list()).toStrictEqual(listed)
      expect(await store.cursors.list({ after: 'a', limit: 2 })).toStrictEqual(listed.slice(2, 4))
      expect(await store.cursors.list({ after: 'aa' })).toStrictEqual(listed.slice(2))
      expect(await store.cursors.list({ after: '\u{1f600}' })).toEqual([])
    })

    it('are no part of the log, nor of a run', async ({ store, openStore }) => {
      await playStory(store)
      const [log, bundle] = [await allEvents(store), await store.runs.bundle('run-1')]
      await store.cursors.save('indexer', 7)
      await store.cursors.delete('indexer')
      await store.cursors.save('indexer', 3)
      const other = await openStore()
      await other.runs.record(bundle!)

      expect(await allEvents(store)).toStrictEqual(log)
      expect(await store.runs.bundle('run-1')).toStrictEqual(bundle)
      expect(await other.cursors.list()).toEqual([])
      expect((await store.verify()).differences).toEqual([])
    })

    it('go with the transaction they are saved in, or not at all', async ({ store }) => {
      await aRun(store, { id: 'r' })
      await store.cursors.save('indexer', 1)
      const work = (position: number, fails: boolean) =>
        store.transaction(async (tx) => {
          expect(await tx.cursors.load('indexer')).toBe(1)
          await anArtifact(tx, { runId: 'r', id: `made of ${position}` })
          await tx.cursors.save('indexer', position)
          await tx.cursors.save('another', position)
          expect(await tx.cursors.load('indexer')).toBe(position)
          expect(await store.cursors.load('indexer').catch(() => 'refused')).toBe('refused')
          if (fails) throw new Error('undone')
        })
      await expect(work(5, true)).rejects.toThrow('undone')
      expect(await store.cursors.load('indexer')).toBe(1)
      expect(await store.cursors.load('another')).toBeUndefined()
      expect(await store.artifacts.get('made of 5')).toBeUndefined()
      await work(4, false)

      expect(await store.cursors.load('indexer')).toBe(4)
      expect(await store.artifacts.get('made of 4')).toBeDefined()
    })

    it('let a follower that fails anywhere do everything exactly once', async ({ store }) => {
      await playStory(store)
      const log = await allEvents(store)
      await aRun(store, { id: 'copies', specId: 'COPIES' })
      let calls = 0
      const failing = () => {
        calls += 1
        if (calls % 3 === 0) throw new Error('the follower fell over')
      }
      for (let attempt = 0; (await done(store)) < log.length; attempt++) {
        expect(attempt).toBeLessThan(100)
        await followOnce(store, log.length, failing).catch(() => undefined)
      }

      const { items } = await store.artifacts.list({ runId: 'copies', limit: 1_000 })
      expect(items.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual(
        log.map(({ position }) => position),
      )
      expect(await store.cursors.load('copier')).toBe(log.at(-1)!.position)
    })

    it('outlive the store that saved them', async ({ durablePlace }) => {
      {
        await using store = await durablePlace.open()
        await store.cursors.save('indexer', 7)
        await store.cursors.save('mailer', 3)
        await store.cursors.delete('mailer')
      }
      await using store = await durablePlace.open()

      expect(await store.cursors.load('indexer')).toBe(7)
      expect(await store.cursors.load('mailer')).toBeUndefined()
    })

    it('are the same for every store at a place', async ({ sharedPlace }) => {
      await using one = await sharedPlace.open()
      await using other = await sharedPlace.open()
      const { id: runId } = await aRun(one)
      await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          persistently(() => [one, other][i % 2]!.cursors.save('indexer', i)),
        ),
      )
      await anAgent(other, { runId })

      expect(await one.cursors.load('indexer')).toBe(9)
      expect(await other.cursors.load('indexer')).toBe(9)
    })
  })
}

const done = async (store: ConsensusStore) =>
  (await store.artifacts.list({ runId: 'copies', limit: 1_000 })).items.length

/** Makes something of each event, and says in the same transaction that it was made. */
async function followOnce(store: ConsensusStore, count: number, failing: () => void): Promise<void> {
  for await (const { position, runId } of watch(store, { after: await store.cursors.load('copier') })) {
    if (runId === 'copies') break
    await store.transaction(async (tx) => {
      await anArtifact(tx, {
        runId: 'copies',
        id: String(position),
        content: { of: position } satisfies Made,
      })
      failing()
      await tx.cursors.save('copier', position)
    })
    failing()
    if ((await done(store)) === count) break
  }
}

interface Made {
  readonly of: Event['position']
}
