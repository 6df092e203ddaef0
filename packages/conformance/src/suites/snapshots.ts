import { fold, historyIn, replay, SNAPSHOT_VERSION, type Snapshot, snapshotOf } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents } from '../contents.ts'
import { anAgent, anEndedRun, aRun } from '../fixtures.ts'
import { persistently } from '../persistently.ts'
import { instantsAround, logsOf } from '../points.ts'
import { random } from '../random.ts'
import { anything } from '../random-writes.ts'
import { snapshotAt, snapshotIn } from '../snapshot-at.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'
import { replaying } from './replaying.ts'

/** What may become of the snapshot of the first run after its fourth event, and what verifying and rebuilding say of that. */
interface SnapshotDamage {
  readonly damage: string
  readonly subject?: { readonly runId: string; readonly subject: string }
  readonly difference?: 'differs' | 'untold'
  /** When it is removed: by any rebuilding, or when that is told to. */
  readonly left?: 'told'
}

const subject = { runId: 'run-1', subject: 'snapshot 4' }
const differs = { subject, difference: 'differs' } as const
const untold = { subject, difference: 'untold', left: 'told' } as const

const damages: Readonly<Record<string, SnapshotDamage>> = {
  'its state is another': { damage: `state = replace(state, 'gemini', 'claude')`, ...differs },
  'its state is gone': { damage: `state = ''`, ...differs },
  'its state is no history': { damage: `state = '[]'`, ...differs },
  'its digest is another': { damage: `digest = '${'0'.repeat(64)}'`, ...differs },
  'its latest instant is another': { damage: 'latest_at = (select max(at) from event)', ...differs },
  'its position is that of another event': {
    damage: `position = (select position from event where run_id = 'run-1' and sequence = 5)`,
    ...untold,
  },
  'its position is that of no event': { damage: 'position = 1000000', ...untold },
  'its sequence is another': {
    damage: 'sequence = 5',
    ...untold,
    subject: { runId: 'run-1', subject: 'snapshot 5' },
  },
  'its run is another': {
    damage: `run_id = 'run-2'`,
    ...untold,
    subject: { runId: 'run-2', subject: 'snapshot 4' },
  },
  'its run is nobody': {
    damage: `run_id = 'nobody'`,
    ...untold,
    subject: { runId: 'nobody', subject: 'snapshot 4' },
  },
  'its version is another': { damage: 'version = 1000' },
}

export function snapshots(it: It): void {
  describe('snapshots', () => {
    it('are kept as they were saved, one for each event', async ({ store }) => {
      await playStory(store)
      const [first, second] = [await snapshotAt(store, 'run-1', 3), await snapshotAt(store, 'run-1', 5)]
      expect(await store.snapshots.latest('run-1')).toBeUndefined()
      expect(await store.snapshots.save(second)).toBe(true)
      expect(await store.snapshots.save(first)).toBe(true)
      expect(await store.snapshots.latest('run-1')).toStrictEqual(second)
      expect(await store.snapshots.latest('run-1', { to: 4 })).toStrictEqual(first)
      expect(await store.snapshots.latest('run-2')).toBeUndefined()
      const other = { ...second, version: 2 ** 31 - 1, state: 'of another version' }
      expect(await store.snapshots.save(other)).toBe(true)

      expect(await store.snapshots.latest('run-1')).toStrictEqual(other)
      expect(await store.snapshots.delete('run-1')).toBe(2)
    })

    it('keep any text whole', async ({ store }) => {
      await playStory(store)
      for (const state of ['', '\u0000', '\ud800', '\u0001"', '☂'.repeat(400_000)]) {
        const snapshot = { ...(await snapshotAt(store, 'run-1', 1)), state }
        await store.snapshots.save(snapshot)
        expect(await store.snapshots.latest('run-1')).toStrictEqual(snapshot)
      }
    })

    it('are the newest up to any sequence, and of any instant those with nothing later', async ({
      store,
      clock,
    }) => {
      const next = random(4)
      for (let step = 0; step < 60; step++) {
        // Now and then the clock goes back.
        clock.advance(Math.floor(next() * 6) - 2)
        await anything(store, next)
      }

      for (const [runId, log] of logsOf(await allEvents(store))) {
        const saved = log.filter(() => next() < 0.4).map(({ sequence }) => snapshotIn(log, sequence))
        for (const snapshot of saved) await store.snapshots.save(snapshot)
        const newest = (serves: (snapshot: Snapshot) => boolean) => saved.findLast(serves)

        for (let to = 1; to <= log.length + 1; to++) {
          const found = newest(({ sequence }) => sequence <= to)
          expect(await store.snapshots.latest(runId, { to })).toStrictEqual(found)
          expect(await store.snapshots.latest(runId, { to: to + 0.5 })).toStrictEqual(found)
        }
        for (const to of instantsAround(log)) {
          expect(await store.snapshots.latest(runId, { to })).toStrictEqual(
            newest(({ latestAt }) => latestAt <= to),
          )
        }
        expect(await store.snapshots.latest(runId, { to: Number.POSITIVE_INFINITY })).toStrictEqual(
          saved.at(-1),
        )
      }
    })

    it('are not kept of an event that is not there', async ({ store }) => {
      await playStory(store)
      const snapshot = await snapshotAt(store, 'run-1', 3)
      for (const other of [
        { position: snapshot.position + 1 },
        { sequence: 4 },
        { sequence: 1_000 },
        { sequence: Number.MAX_SAFE_INTEGER },
        { runId: 'run-2' },
        { runId: 'nobody' },
      ]) {
        expect(await store.snapshots.save({ ...snapshot, ...other })).toBe(false)
      }

      expect(await store.snapshots.delete()).toBe(0)
    })

    it('are forgotten, those of a run or all, and are counted', async ({ store }) => {
      await playStory(store)
      for (const [runId, sequence] of [
        ['run-1', 2],
        ['run-1', 4],
        ['run-2', 2],
        ['run-3', 1],
      ] as const) {
        await store.snapshots.save(await snapshotAt(store, runId, sequence))
      }
      expect(await store.snapshots.delete('run-1')).toBe(2)
      expect(await store.snapshots.delete('run-1')).toBe(0)
      expect(await store.snapshots.latest('run-1')).toBeUndefined()
      expect(await store.snapshots.latest('run-2')).toMatchObject({ sequence: 2 })
      expect(await store.snapshots.delete()).toBe(2)

      for (const runId of ['run-2', 'run-3']) {
        expect(await store.snapshots.latest(runId)).toBeUndefined()
      }
    })

    it('go with their run, and none of them is kept afterwards', async ({ store }) => {
      await anEndedRun(store, 'r', 'a1', 'a2')
      const bundle = await store.runs.bundle('r')
      const [kept, late] = [await snapshotAt(store, 'r', 4), await snapshotAt(store, 'r', 2)]
      await store.snapshots.save(kept)
      await store.runs.delete('r')
      expect(await store.snapshots.latest('r')).toBeUndefined()
      expect(await store.snapshots.save(late)).toBe(false)
      await store.runs.record(bundle!)

      expect(await store.snapshots.latest('r')).toBeUndefined()
      for (const snapshot of [kept, late]) expect(await store.snapshots.save(snapshot)).toBe(false)
      expect(await store.snapshots.delete()).toBe(0)
    })

    it('go when their run is archived, and are not those of the run that comes back', async ({ store }) => {
      await anEndedRun(store, 'r', 'a1', 'a2')
      const kept = await snapshotAt(store, 'r', 4)
      await store.snapshots.save(kept)
      await store.archives.add('r')
      expect(await store.snapshots.latest('r')).toBeUndefined()
      expect(await store.snapshots.save(kept)).toBe(false)
      await store.archives.restore('r')

      expect(await store.snapshots.latest('r')).toBeUndefined()
      expect(await store.snapshots.save(kept)).toBe(false)
      expect(await store.snapshots.save(await snapshotAt(store, 'r', 4))).toBe(true)
    })

    it('saved while their run is deleted are gone with it', async ({ store }) => {
      for (let round = 0; round < 10; round++) {
        await anEndedRun(store, 'r', `a${round}`)
        const snapshot = await snapshotAt(store, 'r', 3)
        await Promise.all([
          ...Array.from({ length: 3 }, () => persistently(() => store.snapshots.save(snapshot))),
          persistently(() => store.runs.delete('r')),
          persistently(() => store.transaction((tx) => tx.snapshots.save(snapshot))),
        ])

        expect(await store.snapshots.latest('r')).toBeUndefined()
      }
      expect(await store.snapshots.delete()).toBe(0)
    })

    it('go with the transaction they are saved in, or not at all', async ({ store }) => {
      await playStory(store)
      const snapshot = await snapshotAt(store, 'run-1', 4)
      await store.snapshots.save(await snapshotAt(store, 'run-1', 2))
      const work = (fails: boolean) =>
        store.transaction(async (tx) => {
          expect(await tx.snapshots.delete('run-1')).toBe(1)
          expect(await tx.snapshots.latest('run-1')).toBeUndefined()
          expect(await tx.snapshots.save(snapshot)).toBe(true)
          expect(await tx.snapshots.latest('run-1')).toStrictEqual(snapshot)
          if (fails) throw new Error('undone')
        })
      await expect(work(true)).rejects.toThrow('undone')
      expect(await store.snapshots.latest('run-1')).toMatchObject({ sequence: 2 })
      await work(false)

      expect(await store.snapshots.latest('run-1')).toStrictEqual(snapshot)
      expect(await store.snapshots.delete()).toBe(1)
    })

    it('are no part of the log, nor of a run', async ({ store, openStore }) => {
      await playStory(store)
      const [log, bundle] = [await allEvents(store), await store.runs.bundle('run-1')]
      await store.snapshots.save(await snapshotAt(store, 'run-1', 4))
      const other = await openStore()
      await other.runs.record(bundle!)

      expect(await allEvents(store)).toStrictEqual(log)
      expect(await store.runs.bundle('run-1')).toStrictEqual(bundle)
      expect(await other.snapshots.latest('run-1')).toBeUndefined()
      expect((await store.verify()).differences).toEqual([])
    })

    it('that are not what the log came to are named, and removed when rows are restored', async ({
      store,
    }) => {
      await playStory(store)
      const right = await snapshotAt(store, 'run-1', 2)
      const early = await snapshotAt(store, 'run-1', 4)
      const { position, latestAt } = await snapshotAt(store, 'run-1', 5)
      const five = await store.events.read('run-1', { limit: 5 })
      const wrong = snapshotOf(fold('run-1', five), { position, latestAt: new Date(latestAt.getTime() + 1) })
      const altered = { ...(await snapshotAt(store, 'run-1', 7)), state: early.state }
      const foreign = { ...(await snapshotAt(store, 'run-1', 8)), version: SNAPSHOT_VERSION + 1 }
      for (const snapshot of [right, wrong, altered, foreign]) {
        expect(await store.snapshots.save(snapshot)).toBe(true)
      }

      const named = [5, 7].map((sequence) => ({
        runId: 'run-1',
        subject: `snapshot ${sequence}`,
        what: 'differs',
      }))
      expect((await store.verify()).differences).toMatchObject(named)
      expect((await store.verify('run-1')).differences).toMatchObject(named)
      expect(await store.rebuild()).toMatchObject({ repaired: ['run-1'], left: [] })
      expect((await store.verify()).differences).toEqual([])
      expect(await store.snapshots.latest('run-1', { to: 7 })).toStrictEqual(right)
      expect(await store.snapshots.latest('run-1')).toStrictEqual(foreign)
    })

    for (const [what, { damage, subject, difference, left }] of Object.entries(damages)) {
      it(`that were damaged change no answer, and are named: ${what}`, async ({ damageable, clock }) => {
        await using store = await damageable.open({ env: clock })
        await playStory(store, clock)
        await store.snapshots.save(await snapshotAt(store, 'run-1', 4))
        await damageable.damage(`update snapshot set ${damage}`)

        const log = await store.events.read('run-1')
        for (let to = 1; to <= log.length; to++) {
          const told = fold('run-1', log.slice(0, to))
          expect(await replay(store, 'run-1', { to, snapshotEvery: 100 })).toStrictEqual(told)
          // Without its own, which would come in the place of what was damaged.
          const reading = { ...store, snapshots: { ...store.snapshots, save: async () => false } }
          expect(await replay(reading, 'run-1', { to, snapshotEvery: 1 })).toStrictEqual(told)
        }
        const named = difference ? [expect.objectContaining({ ...subject, what: difference })] : []
        expect((await store.verify()).differences).toEqual(named)
        expect((await store.rebuild()).left).toEqual(left === 'told' ? named : [])
        expect((await store.rebuild(undefined, { untold: 'remove' })).left).toEqual([])
        expect((await store.verify()).differences).toEqual([])
        expect(await store.snapshots.delete()).toBe(difference ? 0 : 1)
      })
    }

    it('outlive the store that saved them', async ({ durablePlace }) => {
      let kept: Snapshot
      {
        await using store = await durablePlace.open()
        await anEndedRun(store, 'r', 'a1', 'a2')
        kept = await snapshotAt(store, 'r', 4)
        await store.snapshots.save(await snapshotAt(store, 'r', 5))
        await store.snapshots.delete()
        await store.snapshots.save(kept)
      }
      await using store = await durablePlace.open()

      expect(await store.snapshots.latest('r')).toStrictEqual(kept)
      expect(historyIn(kept)).toStrictEqual(await replay(store, 'r', { to: 4, snapshotEvery: 'never' }))
    })

    it('are the same for every store at a place', async ({ sharedPlace }) => {
      await using one = await sharedPlace.open()
      await using other = await sharedPlace.open()
      const { id: runId } = await aRun(one)
      await anAgent(other, { runId })
      const snapshot = await snapshotAt(one, runId, 2)
      await one.snapshots.save(snapshot)

      expect(await other.snapshots.latest(runId)).toStrictEqual(snapshot)
      expect(await other.snapshots.delete(runId)).toBe(1)
      expect(await one.snapshots.latest(runId)).toBeUndefined()
    })
  })
  replaying(it)
}
