import { setTimeout as sleep } from 'node:timers/promises'
import { type ConsensusStore, type Event, type WatchOptions, watch } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents } from '../contents.ts'
import { anAgent, anEndedRun, aRun } from '../fixtures.ts'
import { startProcess, together } from '../processes/process.ts'
import { promptly } from '../promptly.ts'
import { EVENTS_OF_SLOW_WRITERS, writeSlowly } from '../slow-writers.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

const timeout = 120_000
/** Longer than any test: whoever looks only so often was told otherwise. */
const never = 600_000

/** `follow` is the one that is held to it, `watch` unless a test plants another. */
export function watching(it: It, follow: typeof watch = watch): void {
  /** Collects events as they come, until there are enough or it is told to end. */
  function watcher(store: ConsensusStore, options: WatchOptions = {}) {
    const done = new AbortController()
    const seen: Event[] = []
    let news = Promise.withResolvers<void>()
    const following = (async () => {
      for await (const event of follow(store, { signal: done.signal, ...options })) {
        seen.push(event)
        news.resolve()
        news = Promise.withResolvers()
      }
    })()
    return {
      seen,
      async sees(count: number) {
        const enough = async () => {
          while (seen.length < count) await news.promise
        }
        await promptly(Promise.race([enough(), following]), `the watcher that is to see ${count}`, 30_000)
      },
      async end() {
        done.abort()
        await promptly(following, 'the end of watching')
      },
    }
  }

  /** Up to so many events, one iteration. */
  async function take(store: ConsensusStore, count: number, options: WatchOptions): Promise<Event[]> {
    const seen: Event[] = []
    for await (const event of follow(store, options)) {
      seen.push(event)
      if (seen.length === count) break
    }
    return seen
  }

  describe('watching', () => {
    it('tells what there is, then what comes, in the order of the log', async ({ store }) => {
      await playStory(store)
      const { seen, sees, end } = watcher(store, { everyMs: never })
      await sees((await allEvents(store)).length)
      await anAgent(store, { runId: 'run-3', agentId: 'late' })
      await sees((await allEvents(store)).length)
      await store.transaction(async (tx) => {
        await tx.executions.start('late')
        await tx.executions.cancel('late')
      })
      const log = await allEvents(store)
      await sees(log.length)
      await end()

      expect(seen).toStrictEqual(log)
    })

    it('tells everything once whatever of it is fetched at once, a page exactly full too', async ({
      store,
    }) => {
      await aRun(store, { id: 'r' })
      for (let i = 0; i < 5; i++) await anAgent(store, { runId: 'r', agentId: `a${i}` })
      for (const limit of [1, 2, 3, 6, 7]) {
        const { seen, sees, end } = watcher(store, { limit, everyMs: 20 })
        const before = (await allEvents(store)).length
        await sees(before)
        await sleep(30)
        for (let i = 0; i < 6; i++) await anAgent(store, { runId: 'r', agentId: `${limit} ${i}` })
        await sees(before + 6)
        await sleep(30)
        await end()

        expect(seen).toStrictEqual(await allEvents(store))
      }
    })

    it('misses nothing and repeats nothing while transactions take their time', { timeout }, async ({
      store,
    }) => {
      await mustSeeEverything(store, [store])
    })

    it('misses nothing and repeats nothing of what other stores at the same place write', {
      timeout,
    }, async ({ sharedPlace }) => {
      await using one = await sharedPlace.open()
      await using other = await sharedPlace.open()
      await using reader = await sharedPlace.open()
      await mustSeeEverything(reader, [one, other])
    })

    it('goes on behind the last event that was seen, wherever it was ended', async ({ store }) => {
      await playStory(store)
      const log = await allEvents(store)
      for (const limit of [1, 3, 1_000]) {
        const seen: Event[] = []
        for (let count = 1; seen.length < log.length; count = (count % 5) + 1) {
          const after = seen.at(-1)?.position
          seen.push(...(await take(store, Math.min(count, log.length - seen.length), { after, limit })))
        }
        expect(seen).toStrictEqual(log)
      }
    })

    it('is told from the position on that it is given', async ({ store }) => {
      await playStory(store)
      const { seen, sees, end } = watcher(store, { after: await store.events.position() })
      await sleep(30)
      await aRun(store, { id: 'next' })
      await sees(1)
      await end()

      expect(seen).toMatchObject([{ runId: 'next', type: 'run.started' }])
    })

    it('tells of what is asked for: a run, a spec, a stage, types', async ({ store }) => {
      await playStory(store)
      const log = await allEvents(store)
      const halfway = log[Math.floor(log.length / 2)]!.position
      const runs = new Map((await store.runs.list()).items.map((run) => [run.id, run]))
      const wanted: Readonly<Record<string, [WatchOptions['filter'], (event: Event) => boolean]>> = {
        run: [{ runId: 'run-2' }, ({ runId }) => runId === 'run-2'],
        spec: [{ specId: 'SPEC-2' }, ({ runId }) => runs.get(runId)?.specId === 'SPEC-2'],
        stage: [{ stage: 'plan' }, ({ runId }) => runs.get(runId)?.stage === 'plan'],
        types: [
          { types: ['run.started', 'run.abandoned', 'unheard-of'] },
          ({ type }) => type === 'run.started' || type === 'run.abandoned',
        ],
        several: [
          { specId: 'SPEC-1', stage: 'plan', types: ['execution.spawned'] },
          ({ runId, type }) => runId === 'run-1' && type === 'execution.spawned',
        ],
      }
      for (const [what, [filter, isWanted]] of Object.entries(wanted)) {
        for (const after of [0, halfway]) {
          const expected = log.filter((event) => event.position > after && isWanted(event))
          const { seen, sees, end } = watcher(store, { filter, after, limit: 4 })
          await sees(expected.length)
          await sleep(20)
          await end()
          expect([what, after, seen]).toStrictEqual([what, after, expected])
        }
      }
      expect(log.filter(wanted.several![1]).length).toBeGreaterThan(1)
    })

    it('goes at the consumer’s own pace: no page is fetched before it is wanted', async ({ store }) => {
      await aRun(store, { id: 'r' })
      for (let i = 0; i < 7; i++) await anAgent(store, { runId: 'r', agentId: `a${i}` })
      const { counted, count } = counting(store)
      const events = follow(counted, { limit: 3 })
      const fetched: number[] = []
      for (let i = 0; i < 8; i++) {
        await events.next()
        await sleep(5)
        fetched.push(count())
      }
      await events.return()

      expect(fetched).toEqual([1, 1, 1, 2, 2, 2, 3, 3])
    })

    it('does not keep looking while nothing comes', async ({ store }) => {
      await anEndedRun(store, 'goes', 'a1')
      const { counted, count } = counting(store)
      const { sees, end } = watcher(counted, { everyMs: never })
      await sees(4)
      await store.runs.delete('goes')
      await sleep(100)
      const before = count()
      await sleep(200)
      await end()

      expect(count() - before).toBeLessThan(10)
    })

    it('does without hints: who is never told looks from time to time', async ({ store }) => {
      const deaf: ConsensusStore = {
        ...store,
        arrival: (_, { withinMs, signal }) =>
          sleep(withinMs, undefined, { signal }).then(
            () => {},
            () => {},
          ),
      }
      const { seen, sees, end } = watcher(deaf, { everyMs: 10 })
      for (let i = 0; i < 4; i++) {
        await aRun(store, { id: `r${i}` })
        await sees(i + 1)
      }
      await end()

      expect(seen).toStrictEqual(await allEvents(store))
    })

    it('leaves nothing behind, however it is ended', async ({ store }) => {
      await aRun(store)
      const outer = new AbortController()
      const listening = listenersOf(outer.signal)
      const ends: Readonly<Record<string, (events: AsyncGenerator<Event>) => Promise<unknown>>> = {
        'by a break': async (events) => {
          for await (const _ of events) break
        },
        'while it waits': async (events) => {
          await events.next()
          const next = events.next()
          await sleep(20)
          await promptly(events.return(undefined), 'ending while it waits')
          expect(await promptly(next, 'who waited')).toEqual({ done: true, value: undefined })
        },
        'by an error': async (events) => {
          await expect(
            (async () => {
              for await (const _ of events) throw new Error('enough')
            })(),
          ).rejects.toThrow('enough')
        },
        'before it began': (events) => events.return(undefined),
      }
      for (const [how, end] of Object.entries(ends)) {
        const interests: AbortSignal[] = []
        await end(follow(noting(store, interests), { signal: outer.signal, everyMs: never }))
        expect([how, listening(), interests.filter(({ aborted }) => !aborted)]).toEqual([how, 0, []])
      }
      const interests: AbortSignal[] = []
      const events = follow(noting(store, interests), { signal: outer.signal, everyMs: never })
      await events.next()
      const next = events.next()
      await sleep(20)
      outer.abort(new Error('enough'))
      expect(await promptly(next, 'who waited')).toEqual({ done: true, value: undefined })
      expect(interests.length).toBeGreaterThan(0)
      expect([listening(), interests.filter(({ aborted }) => !aborted)]).toEqual([0, []])
      expect(await take(store, 1, { signal: outer.signal })).toEqual([])
      await promptly(store.close(), 'closing')
    })

    it('passes over a run that is deleted before it was read, and goes on', async ({ store }) => {
      await aRun(store, { id: 'first' })
      await anEndedRun(store, 'goes', 'a1', 'a2')
      await aRun(store, { id: 'last' })
      const events = follow(store, { limit: 1 })
      expect((await events.next()).value).toMatchObject({ runId: 'first' })
      expect((await events.next()).value).toMatchObject({ runId: 'goes', type: 'run.started' })
      await store.runs.delete('goes')

      expect((await promptly(events.next(), 'the next event')).value).toMatchObject({ runId: 'last' })
      await events.return()
    })

    it('by spec leaves out what was fetched of a run that is gone, whatever its id is used for now', async ({
      store,
    }) => {
      await aRun(store, { id: 'goes', specId: 'OTHER' })
      const after = await store.events.position()
      await store.runs.abandon('goes')
      const anew = async () => {
        await store.runs.delete('goes')
        await aRun(store, { id: 'goes' })
      }
      const events = follow(late(store, anew), { after, filter: { specId: 'SPEC-1' } })

      const { value } = await promptly(events.next(), 'the next event')
      expect(value).toMatchObject({ runId: 'goes', type: 'run.started' })
      await events.return()
    })

    it('is ended by closing the store, which does not wait for it', async ({ store }) => {
      await aRun(store)
      const events = follow(store, { everyMs: never })
      await events.next()
      const next = events.next()
      next.catch(() => undefined)
      await sleep(20)
      await promptly(store.close(), 'closing')

      await expect(promptly(next, 'who watched')).rejects.toMatchObject({ code: 'CLOSED' })
      await expect(take(store, 1, {})).rejects.toMatchObject({ code: 'CLOSED' })
    })

    it('in another process sees what this one writes, and the other way round', { timeout }, async ({
      sharedPlace,
    }) => {
      await using store = await sharedPlace.open()
      const names = ['one', 'two']
      const events = names.length * 11
      await using other = await startProcess(sharedPlace, 'watch', { count: events + 1 })
      await other.open()
      const watched = other.start()
      const { seen, sees, end } = watcher(store)
      await aRun(store, { id: 'here' })
      await promptly(other.reported(1), 'the other process', 60_000)
      await together(
        sharedPlace,
        'spawn',
        names.map((name) => ({ runId: name, name, count: 10 })),
      )
      await sees(events + 1)
      await end()

      const log = await allEvents(store)
      expect(seen).toStrictEqual(log)
      expect(await promptly(watched, 'the other process', 60_000)).toEqual(
        log.map(({ position }) => position),
      )
    })

    it('refuses what it cannot go by', async ({ store }) => {
      const wrong: Readonly<Record<string, unknown>> = {
        after: -1,
        everyMs: 0,
        limit: 1_001,
        signal: {},
        filter: 'SPEC-1',
      }
      for (const [option, value] of Object.entries(wrong)) {
        const events = follow(store, { [option]: value })
        await expect(events.next(), option).rejects.toMatchObject({ code: 'INVALID' })
      }
      await expect(follow(store, { filter: { types: [''] } }).next()).rejects.toMatchObject({
        code: 'INVALID',
        message: expect.stringContaining('filter.types[0]'),
      })
    })
  })

  async function mustSeeEverything(reader: ConsensusStore, stores: readonly ConsensusStore[]) {
    const { seen, sees, end } = watcher(reader, { limit: 7, everyMs: 200 })
    await writeSlowly(stores)
    await sees(EVENTS_OF_SLOW_WRITERS)
    await end()

    expect(seen).toStrictEqual(await allEvents(reader))
    expect(seen).toHaveLength(EVENTS_OF_SLOW_WRITERS)
  }
}

/** The store, and how often its log was read through it. */
function counting(store: ConsensusStore) {
  let reads = 0
  const counted: ConsensusStore = {
    ...store,
    events: {
      ...store.events,
      readAll(query) {
        reads += 1
        return store.events.readAll(query)
      },
    },
  }
  return { counted, count: () => reads }
}

/** The store, noting the signals with which it was waited for. */
const noting = (store: ConsensusStore, interests: AbortSignal[]): ConsensusStore => ({
  ...store,
  arrival(after, options) {
    if (options.signal) interests.push(options.signal)
    return store.arrival(after, options)
  },
})

/** The store, with something happening behind the first read of its log before that is answered. */
function late(store: ConsensusStore, meanwhile: () => Promise<unknown>): ConsensusStore {
  let first = true
  return {
    ...store,
    events: {
      ...store.events,
      async readAll(query) {
        const events = await store.events.readAll(query)
        if (first) await meanwhile()
        first = false
        return events
      },
    },
  }
}

/** How many listeners the signal has, which had none. */
function listenersOf(signal: AbortSignal): () => number {
  const listeners = new Set<unknown>()
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...args: unknown[]) => {
    listeners.add(args[1])
    Reflect.apply(addEventListener, signal, args)
  }
  signal.removeEventListener = (...args: unknown[]) => {
    listeners.delete(args[1])
    Reflect.apply(removeEventListener, signal, args)
  }
  return () => listeners.size
}
