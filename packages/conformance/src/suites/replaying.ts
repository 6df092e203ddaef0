import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type ConsensusStore,
  diff,
  type Event,
  fold,
  historyIn,
  MAX_LIMIT,
  type Point,
  replay as replayRun,
  SNAPSHOT_VERSION,
  type Snapshot,
  StoreError,
  snapshotDigest,
  snapshotOf,
} from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents } from '../contents.ts'
import { anAgent, anEndedRun, aRun } from '../fixtures.ts'
import { persistently } from '../persistently.ts'
import { countUpTo, instantsAround, logsOf } from '../points.ts'
import { startProcess, together } from '../processes/process.ts'
import { oneOf, random } from '../random.ts'
import { anything } from '../random-writes.ts'
import { refusal } from '../refusal.ts'
import { snapshotAt, snapshotIn } from '../snapshot-at.ts'
import type { It } from '../store-test.ts'

export function replaying(it: It, replay = replayRun): void {
  describe('replaying with snapshots', () => {
    for (const seed of [1, 2, 3]) {
      it(`gives what the log tells at every point, however often they are taken (${seed})`, async ({
        store,
        clock,
      }) => {
        const next = random(seed)
        const goOn = async () => {
          for (let step = 0; step < 50; step++) {
            // Now and then the clock goes back.
            clock.advance(Math.floor(next() * 6) - 2)
            await anything(store, next)
          }
        }
        const look = async () => {
          for (const [runId, log] of logsOf(await allEvents(store)))
            await mustBeTold(store, runId, log, next, replay)
          expect((await store.verify()).differences).toEqual([])
        }
        await goOn()
        await look()
        await goOn()
        await look()
        await look()
        expect(await store.snapshots.delete()).toBeGreaterThan(0)
        await look()
      })
    }

    it('keeps what it folded, at the last multiple, and the next goes on from there', async ({ store }) => {
      await aLongRun(store, 10)
      const { seen, spied } = spying(store)
      await replay(spied, 'r', { snapshotEvery: 4 })
      await seen.saved()
      expect(await store.snapshots.latest('r')).toStrictEqual(await snapshotAt(store, 'r', 8))
      expect(await store.snapshots.delete()).toBe(1)
      await store.snapshots.save(await snapshotAt(store, 'r', 8))
      seen.reads.length = 0
      const history = await replay(spied, 'r', { snapshotEvery: 4 })

      expect(history).toStrictEqual(fold('r', await store.events.read('r')))
      // The first page, by which a long log is known, and what follows the snapshot, with the last event that is in it.
      expect(seen.reads).toEqual([0, 7])
      expect(seen.saves).toHaveLength(1)
    })

    it('keeps none of a run that is short or archived, none in a transaction, and none when told', async ({
      store,
    }) => {
      await aLongRun(store, 10)
      const { seen, spied } = spying(store)
      await replay(spied, 'r', { snapshotEvery: 11 })
      await replayRun(spied, 'r', { snapshotEvery: 'never' })
      await replay(spied, 'r', { to: 3, snapshotEvery: 4 })
      await replay(spied, 'r')
      await anEndedRun(store, 'archived', 'a1', 'a2')
      await store.archives.add('archived')
      const archived = await replay(spied, 'archived', { snapshotEvery: 2 })
      expect(archived.run.lastSequence).toBe(6)
      await store.transaction(async (tx) =>
        replay(spying(tx as ConsensusStore, seen).spied, 'r', { snapshotEvery: 2 }),
      )

      expect(seen.saves).toEqual([])
      expect(await store.snapshots.delete()).toBe(0)
    })

    it('in a transaction uses those there are', async ({ store }) => {
      await aLongRun(store, 10)
      await store.snapshots.save(await snapshotAt(store, 'r', 8))
      const { seen, spied } = spying(store)
      const inside = await store.transaction(async (tx) =>
        replay(spying({ ...tx } as ConsensusStore, seen).spied, 'r', { snapshotEvery: 4 }),
      )

      expect(inside).toStrictEqual(await replayRun(spied, 'r', { snapshotEvery: 'never' }))
      expect(seen.reads.slice(0, 2)).toEqual([0, 7])
    })

    it('takes one every thousand events unless told', async ({ store }) => {
      await aLongRun(store, MAX_LIMIT + 1)
      const { seen, spied } = spying(store)
      const whole = await replay(spied, 'r')
      await seen.saved()

      expect(whole).toStrictEqual(await replayRun(store, 'r', { snapshotEvery: 'never' }))
      const kept = await store.snapshots.latest('r')
      expect(kept).toMatchObject({ sequence: MAX_LIMIT })
      expect(historyIn(kept!)).toStrictEqual(await replay(store, 'r', { to: MAX_LIMIT }))
      await refusal('INVALID', replay(store, 'r', { snapshotEvery: 0 }))
      await refusal('INVALID', replay(store, 'r', { snapshotEvery: 'always' as never }))
    })

    it('does without those that are damaged, of another version, or of another log', async ({ store }) => {
      await aLongRun(store, 10)
      const right = await replayRun(store, 'r', { snapshotEvery: 'never' })
      const keeping = { ...store, snapshots: { ...store.snapshots, save: async () => false } }
      const [kept, next] = [await snapshotAt(store, 'r', 8), await snapshotAt(store, 'r', 9)]
      // Of six events, where it says it is of eight.
      const six = historyIn(await snapshotAt(store, 'r', 6))!
      const early = snapshotOf({ ...six, run: { ...six.run, lastSequence: 8 } }, kept)
      const unfit: readonly Snapshot[] = [
        whole({ ...early, version: SNAPSHOT_VERSION + 1 }),
        { ...kept, state: early.state },
        { ...kept, state: `${kept.state} ` },
        { ...kept, state: '' },
        { ...kept, digest: early.digest },
        { ...kept, latestAt: new Date(0) },
        whole({ ...kept, sequence: 9, position: next.position }),
      ]
      for (const snapshot of unfit) {
        expect(await store.snapshots.save(snapshot)).toBe(true)
        expect(await replay(keeping, 'r', { snapshotEvery: 4 })).toStrictEqual(right)
      }
      const elsewhere = whole({ ...early, position: next.position })
      const beneath = { ...store, snapshots: { ...store.snapshots, latest: async () => elsewhere } }
      expect(await replay(beneath, 'r', { snapshotEvery: 4 })).toStrictEqual(right)
    })

    it('does not begin at those of a run that was deleted, when another has its id', async ({ store }) => {
      await anEndedRun(store, 'r', 'a1', 'a2', 'a3')
      const gone = await snapshotAt(store, 'r', 6)
      await replay(store, 'r', { snapshotEvery: 2 })
      await store.runs.delete('r')
      await refusal('NOT_FOUND', replay(store, 'r', { snapshotEvery: 2 }))
      await anEndedRun(store, 'r', 'b1', 'b2', 'b3')
      const log = await store.events.read('r')
      const leftBehind = { ...store, snapshots: { ...store.snapshots, latest: async () => gone } }

      for (const some of [store, leftBehind]) {
        for (let to = 1; to <= log.length; to++) {
          const told = fold('r', log.slice(0, to))
          expect(await replay(some, 'r', { to, snapshotEvery: 2 })).toStrictEqual(told)
        }
      }
    })

    it('asks nothing of snapshots that cannot be had, and waits for none to be kept', async ({ store }) => {
      await aLongRun(store, 10)
      const right = await replayRun(store, 'r', { snapshotEvery: 'never' })
      const failing = async () => {
        throw new StoreError('UNAVAILABLE', 'No snapshots today')
      }
      const waiting = () => new Promise<never>(() => {})
      for (const save of [failing, waiting]) {
        const poor = { ...store, snapshots: { ...store.snapshots, latest: failing, save } }
        expect(await replay(poor, 'r', { snapshotEvery: 2 })).toStrictEqual(right)
        expect((await diff(poor, 'r', 3, 8, { snapshotEvery: 2 })).run.after.lastSequence).toBe(8)
      }
    })

    it('is right while others write and replay', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const seen: { readonly run: { readonly lastSequence: number } }[] = []
      let writing = true
      const readers = Array.from({ length: 4 }, async (_, i) => {
        while (writing) {
          seen.push(await replay(store, runId, { snapshotEvery: i + 2 }))
          // Where reads take no turn of their own, writers would never have one.
          await nextTurn()
        }
      })
      for (let i = 0; i < 20; i++) {
        const { agentId } = await persistently(() => anAgent(store, { runId }))
        await persistently(() => store.executions.complete(agentId, { response: agentId }))
        if (i % 7 === 6) await store.snapshots.delete()
      }
      writing = false
      await Promise.all(readers)

      const log = await store.events.read(runId, { limit: 1_000 })
      for (const history of seen) {
        expect(history).toStrictEqual(fold(runId, log.slice(0, history.run.lastSequence)))
      }
      expect((await store.verify()).differences).toEqual([])
    })

    it('is right while processes write, replay and take snapshots at one place', {
      timeout: 120_000,
    }, async ({ sharedPlace }) => {
      await using store = await sharedPlace.open()
      await aRun(store, { id: 'r' })
      await using writer = await startProcess(sharedPlace, 'spawn', { runId: 'r', name: 'one', count: 60 })
      await writer.open()
      const written = writer.start()
      const told = await together(
        sharedPlace,
        'replay',
        [3, 5].map((snapshotEvery) => ({ runId: 'r', events: 61, snapshotEvery })),
      )
      await written

      const log = await store.events.read('r', { limit: 1_000 })
      for (const [sequence, state] of told.flat()) {
        expect(state).toBe(snapshotIn(log, sequence).state)
      }
      expect((await store.verify()).differences).toEqual([])
      expect(await store.snapshots.delete()).toBeGreaterThan(0)
    })
  })
}

/** Looks at a run at many points, with snapshots taken often and seldom, in no order. */
async function mustBeTold(
  store: ConsensusStore,
  runId: string,
  log: readonly Event[],
  next: () => number,
  replay: typeof replayRun,
): Promise<void> {
  const points: readonly Point[] = [...log.map(({ sequence }) => sequence), ...instantsAround(log)]
  for (let i = 0; i < 30; i++) {
    const [to, from] = [oneOf(points, next), oneOf(points, next)]
    const snapshotEvery = 1 + Math.floor(next() * Math.min(8, log.length))
    const told = log.slice(0, countUpTo(log, to))
    const asked = replay(store, runId, { to, snapshotEvery })
    if (told.length === 0) await refusal('NOT_FOUND', asked)
    else expect(await asked).toStrictEqual(fold(runId, told))

    const changes = (how: number | 'never') =>
      diff(store, runId, from, to, { snapshotEvery: how }).catch(({ code }: StoreError) => code)
    expect(await changes(snapshotEvery)).toStrictEqual(await changes('never'))
  }
}

/** With the digest of what it says now. */
const whole = (snapshot: Snapshot): Snapshot => ({ ...snapshot, digest: snapshotDigest(snapshot) })

async function aLongRun(store: ConsensusStore, events: number): Promise<void> {
  await aRun(store, { id: 'r' })
  for (let i = 1; i < events; i++) await anAgent(store, { runId: 'r' })
}

interface Seen {
  /** Behind which sequence events were read. */
  readonly reads: number[]
  readonly saves: Promise<boolean>[]
  saved(): Promise<unknown>
}

function spying(store: ConsensusStore, seen: Seen = nothingSeen()): { seen: Seen; spied: ConsensusStore } {
  const { events, snapshots } = store
  const spied: ConsensusStore = {
    ...store,
    events: {
      ...events,
      read(runId, query) {
        seen.reads.push(query?.after ?? 0)
        return events.read(runId, query)
      },
    },
    snapshots: {
      ...snapshots,
      save(snapshot) {
        const saved = snapshots.save(snapshot)
        seen.saves.push(saved)
        return saved
      },
    },
  }
  return { seen, spied }
}

function nothingSeen(): Seen {
  const saves: Promise<boolean>[] = []
  return { reads: [], saves, saved: () => Promise.all(saves) }
}
