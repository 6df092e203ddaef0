import type { Chore, ChoreOutcome, Chores, ConsensusStore } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import type { Clock } from '../clock.ts'
import { changesNothing } from '../contents.ts'
import { persistently } from '../persistently.ts'
import { startProcess, together } from '../processes/process.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

const timeout = 120_000
const MINUTE = 60_000
const DAY = 86_400_000

export function chores(it: It): void {
  describe('chores', () => {
    it('are nobody’s before they are taken, and then the holder’s for as long as asked', async ({
      store,
      clock,
    }) => {
      expect(await store.chores.list()).toStrictEqual([])
      expect(await store.chores.take('tidying', 'one', MINUTE)).toBe(true)

      expect(await only(store)).toStrictEqual({
        name: 'tidying',
        holder: 'one',
        heldUntil: new Date(clock.now().getTime() + MINUTE),
        last: undefined,
      })
    })

    it('have one holder, however many ask at once', async ({ store }) => {
      const names = Array.from({ length: 30 }, (_, i) => `holder ${i}`)
      const given = await Promise.all(
        names.map((name) => persistently(() => store.chores.take('tidying', name, MINUTE))),
      )

      expect(given.filter(Boolean)).toHaveLength(1)
      expect((await only(store)).holder).toBe(names[given.indexOf(true)])
    })

    it('pass to another when the holder’s time is over, and not a moment before', async ({
      store,
      clock,
    }) => {
      await store.chores.take('tidying', 'one', MINUTE)
      clock.advance(MINUTE - 1)
      expect(await store.chores.take('tidying', 'another', MINUTE)).toBe(false)
      expect((await only(store)).holder).toBe('one')
      clock.advance(1)
      expect(await only(store)).toMatchObject({ holder: undefined, heldUntil: undefined })

      expect(await store.chores.take('tidying', 'another', MINUTE)).toBe(true)
      expect((await only(store)).holder).toBe('another')
      expect(await store.chores.take('tidying', 'one', MINUTE)).toBe(false)
    })

    it('are kept for longer by who has them', async ({ store, clock }) => {
      await store.chores.take('tidying', 'one', MINUTE)
      for (let renewal = 0; renewal < 3; renewal++) {
        clock.advance(MINUTE - 1)
        expect(await store.chores.take('tidying', 'one', MINUTE)).toBe(true)
      }
      clock.advance(MINUTE - 1)
      expect(await store.chores.take('tidying', 'another', MINUTE)).toBe(false)
      clock.advance(1)

      expect(await store.chores.take('tidying', 'another', MINUTE)).toBe(true)
    })

    it('are given back with what came of them, which is kept while others have them', async ({
      store,
      clock,
    }) => {
      const kept = anOutcome(clock, {
        runs: 12,
        'given back': 1.5,
        none: -0,
        file: 'a\u0000\ud800',
        all: false,
      })
      await store.chores.take('tidying', 'one', MINUTE)
      expect(await store.chores.finish('tidying', 'one', kept)).toBe(true)
      expect(await only(store)).toStrictEqual({
        name: 'tidying',
        holder: undefined,
        heldUntil: undefined,
        last: { ...kept, summary: { ...kept.summary, none: 0 } },
      })
      expect(await store.chores.take('tidying', 'another', MINUTE)).toBe(true)

      expect(await only(store)).toMatchObject({ holder: 'another', last: { endedAt: kept.endedAt } })
      const failed = { ...anOutcome(clock, { message: 'The disk is full' }), ok: false }
      expect(await store.chores.finish('tidying', 'another', failed)).toBe(true)
      expect((await only(store)).last).toStrictEqual(failed)
    })

    it('are finished by nobody but their holder', async ({ store, clock }) => {
      const outcome = anOutcome(clock)
      expect(await store.chores.finish('tidying', 'stranger', outcome)).toBe(false)
      await store.chores.take('tidying', 'one', MINUTE)
      await changesNothing(store, async () => {
        expect(await store.chores.finish('tidying', 'stranger', outcome)).toBe(false)
        expect(await store.chores.finish('Tidying', 'one', outcome)).toBe(false)
      })
      expect(await store.chores.finish('tidying', 'one', outcome)).toBe(true)
      await changesNothing(store, async () => {
        expect(await store.chores.finish('tidying', 'stranger', outcome)).toBe(false)
        expect(await store.chores.finish('tidying', 'one', { ...outcome, ok: false })).toBe(false)
      })
    })

    it('finished after their time are finished, if nobody took them since', async ({ store, clock }) => {
      await store.chores.take('tidying', 'one', MINUTE)
      clock.advance(DAY)
      const late = anOutcome(clock, { round: 1 })
      expect(await store.chores.finish('tidying', 'one', late)).toBe(true)
      expect((await only(store)).last).toStrictEqual(late)
      clock.advance(1)

      expect(await store.chores.finish('tidying', 'one', anOutcome(clock, { round: 2 }))).toBe(false)
      expect((await only(store)).last).toStrictEqual(late)
    })

    it('finished after somebody took them keep nothing, whatever became of that', async ({
      store,
      clock,
    }) => {
      const first = anOutcome(clock, { round: 1 })
      const tooLate = async () => {
        expect(await store.chores.finish('tidying', 'one', anOutcome(clock, { round: 2 }))).toBe(false)
        expect((await only(store)).last).toStrictEqual(first)
      }
      await store.chores.take('tidying', 'one', MINUTE)
      await store.chores.finish('tidying', 'one', first)
      await store.chores.take('tidying', 'one', MINUTE)
      clock.advance(MINUTE)
      await store.chores.take('tidying', 'another', MINUTE)
      await tooLate()
      clock.advance(DAY)

      await tooLate()
      expect(await only(store)).toMatchObject({ holder: undefined })
    })

    it('finished again with the same outcome are finished, until somebody takes them', async ({
      store,
      clock,
    }) => {
      const outcome = anOutcome(clock)
      await store.chores.take('tidying', 'one', MINUTE)
      await store.chores.finish('tidying', 'one', outcome)
      clock.advance(DAY)
      await changesNothing(store, async () => {
        expect(await store.chores.finish('tidying', 'one', outcome)).toBe(true)
      })
      await store.chores.take('tidying', 'another', MINUTE)

      expect(await store.chores.finish('tidying', 'one', outcome)).toBe(false)
    })

    it('are each their own, and listed by name in the order of code points', async ({ store, clock }) => {
      const names = ['B', 'a', 'b', 'é', '\uffee', '\u{1f600}']
      for (const [i, name] of [...names.entries()].reverse()) {
        expect(await store.chores.take(name, `holder ${i}`, MINUTE)).toBe(true)
      }
      await store.chores.finish('b', 'holder 2', anOutcome(clock))
      const listed = await store.chores.list()

      expect(listed.map(({ name }) => name)).toEqual(names)
      expect(listed.map(({ holder }) => holder)).toEqual(
        [0, 1, 2, 3, 4, 5].map((i) => (i === 2 ? undefined : `holder ${i}`)),
      )
    })

    it('are not held for ever by who took them while the clock was years ahead', async ({ store, clock }) => {
      const now = clock.now()
      clock.set(new Date('2036-01-01'))
      await store.chores.take('tidying', 'one', DAY)
      clock.set(now)
      expect(await only(store)).toMatchObject({ holder: undefined, heldUntil: undefined })

      expect(await store.chores.take('tidying', 'another', DAY)).toBe(true)
      expect(await store.chores.take('tidying', 'one', DAY)).toBe(false)
      expect(await store.chores.finish('tidying', 'one', anOutcome(clock))).toBe(false)
    })

    it('taken for a whole day are held by all clocks that are not a day behind', async ({ store, clock }) => {
      await store.chores.take('tidying', 'one', DAY)
      for (const behind of [1, DAY - 1]) {
        clock.advance(-behind)
        expect(await store.chores.take('tidying', 'another', MINUTE)).toBe(false)
        expect((await only(store)).holder).toBe('one')
        clock.advance(behind)
      }
    })

    it('are no part of the log, nor of a run', async ({ store, clock }) => {
      await playStory(store, clock)
      const look = async () => [await store.events.readAll(), await store.runs.bundle('run-1')]
      const before = await look()
      await store.chores.take('tidying', 'one', MINUTE)
      await store.chores.finish('tidying', 'one', anOutcome(clock))

      expect(await look()).toStrictEqual(before)
      expect((await store.verify()).differences).toEqual([])
    })

    it('outlive the store that took them', async ({ durablePlace, clock }) => {
      const outcome = anOutcome(clock)
      {
        await using store = await durablePlace.open({ env: clock })
        await store.chores.take('tidying', 'one', MINUTE)
        await store.chores.take('counting', 'one', MINUTE)
        await store.chores.finish('counting', 'one', outcome)
      }
      await using store = await durablePlace.open({ env: clock })

      expect(await store.chores.list()).toMatchObject([
        { name: 'counting', holder: undefined, last: outcome },
        { name: 'tidying', holder: 'one' },
      ])
      expect(await store.chores.take('tidying', 'another', MINUTE)).toBe(false)
    })

    it('are done by one of many processes at a time', { timeout }, async ({ sharedPlace }) => {
      const [processes, rounds] = [4, 10]
      const seen = await together(
        sharedPlace,
        'do a chore',
        Array.from({ length: processes }, (_, i) => ({ name: `process ${i}`, rounds })),
      )

      // Each of them counted, by looking and then writing what it saw and one more.
      const all = seen.flat().sort((a, b) => a - b)
      expect(all).toEqual(Array.from({ length: processes * rounds }, (_, i) => i))
      await using store = await sharedPlace.open()
      expect(await store.chores.list()).toMatchObject([{ holder: undefined, last: { ok: true } }])
    })

    it('are followed when their holder was killed: after its time, and not before', { timeout }, async ({
      sharedPlace,
    }) => {
      await using holder = await startProcess(sharedPlace, 'take a chore', { name: 'doomed', forMs: 3_000 })
      await holder.open()
      holder.start()
      await holder.reported(1)
      await holder.kill()
      await using store = await sharedPlace.open()
      const { heldUntil } = holder.reports[0] as { heldUntil: number }
      await followed(store.chores)

      expect(Date.now()).toBeGreaterThanOrEqual(heldUntil)
      expect(await only(store)).toMatchObject({ holder: 'follower', last: undefined })
    })
  })
}

const anOutcome = (clock: Clock, summary: ChoreOutcome['summary'] = { runs: 3 }): ChoreOutcome => ({
  startedAt: new Date(clock.now().getTime() - 250),
  endedAt: clock.now(),
  ok: true,
  summary,
})

async function only(store: ConsensusStore): Promise<Chore> {
  const listed = await store.chores.list()
  expect(listed).toHaveLength(1)
  return listed[0]!
}

async function followed(chores: Chores): Promise<void> {
  while (!(await chores.take('counting', 'follower', MINUTE))) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
