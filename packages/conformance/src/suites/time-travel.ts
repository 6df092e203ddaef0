import {
  type Bundle,
  type ConsensusStore,
  diff,
  type Event,
  eventsOf,
  fold,
  type History,
  type LogEntry,
  MAX_LIMIT,
  type Nouns,
  type Point,
  replay,
} from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents } from '../contents.ts'
import { countUpTo, instantsAround, logsOf } from '../points.ts'
import { oneOf, random } from '../random.ts'
import { anything } from '../random-writes.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

export function timeTravel(it: It): void {
  describe('a run as it was', () => {
    for (const seed of [1, 2, 3]) {
      it(`is what its log had told by then, whatever was done (${seed})`, async ({ store, clock }) => {
        const next = random(seed)
        for (let step = 0; step < 100; step++) {
          // Now and then the clock goes back.
          clock.advance(Math.floor(next() * 6) - 1)
          await anything(store, next)
        }

        for (const [runId, log] of logsOf(await allEvents(store))) {
          for (const at of instantsAround(log)) {
            const told = log.slice(0, countUpTo(log, at))
            if (told.length === 0) await refusal('NOT_FOUND', replay(store, runId, { to: at }))
            else expect(await replay(store, runId, { to: at })).toStrictEqual(fold(runId, told))
          }
        }
      })

      it(`differs from what it became by what its log told since (${seed})`, async ({ store, clock }) => {
        const next = random(seed)
        for (let step = 0; step < 100; step++) {
          clock.advance(Math.floor(next() * 6) - 1)
          await anything(store, next)
        }

        for (const [runId, log] of logsOf(await allEvents(store))) {
          const points: readonly Point[] = [...log.map(({ sequence }) => sequence), ...instantsAround(log)]
          for (let i = 0; i < 40; i++) {
            await mustDiffer(store, runId, log, oneOf([0, ...points], next), oneOf(points, next))
          }
        }
      })
    }
  })

  describe('a point beyond the end of a run', () => {
    it('is its end', async ({ store, clock }) => {
      await playStory(store, clock)
      const now = await replay(store, 'run-1')

      for (const to of [13, 14, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY, new Date(8.64e15)]) {
        expect(await replay(store, 'run-1', { to })).toStrictEqual(now)
        expect((await diff(store, 'run-1', 13, to)).events).toEqual([])
        expect(await eventsUpTo(store, 'run-1', to)).toStrictEqual(await store.events.read('run-1'))
      }
    })
  })

  describe('a point before the beginning of a run', () => {
    it('is NOT_FOUND, and from there on everything is new', async ({ store, clock }) => {
      await playStory(store, clock)
      const { startedAt } = (await store.runs.get('run-3'))!
      const before = new Date(startedAt.getTime() - 1)

      for (const to of [before, new Date(0), new Date(-8.64e15)]) {
        await refusal('NOT_FOUND', replay(store, 'run-3', { to }))
        expect(await eventsUpTo(store, 'run-3', to)).toEqual([])
      }
      expect((await diff(store, 'run-3', before)).events).toHaveLength(3)
      for (const to of [0, -1, Number.NaN]) await refusal('INVALID', replay(store, 'run-3', { to }))
    })
  })

  describe('a run that is deleted while it is replayed', () => {
    it('is NOT_FOUND, and not cut short', async ({ store }) => {
      await store.runs.record(longBundle('plan'))
      await refusal(
        'NOT_FOUND',
        replay(
          afterFirstRead(store, () => store.runs.delete('long')),
          'long',
        ),
      )

      await store.runs.record(longBundle('plan'))
      await refusal(
        'NOT_FOUND',
        diff(
          afterFirstRead(store, () => store.runs.delete('long')),
          'long',
          1,
        ),
      )
      await refusal('NOT_FOUND', replay(store, 'long'))
    })

    it('is NOT_FOUND when another has its id by then', async ({ store }) => {
      await store.runs.record(longBundle('plan'))
      const replaced = afterFirstRead(store, async () => {
        await store.runs.delete('long')
        await store.runs.record(longBundle('tasks'))
      })

      await refusal('NOT_FOUND', replay(replaced, 'long'))
      expect((await replay(store, 'long')).run.stage).toBe('tasks')
    })

    it('is given as far as it was read before', async ({ store }) => {
      await store.runs.record(longBundle('plan'))
      const events = eventsOf(store, 'long', { limit: 3 })
      const seen: number[] = []
      const reading = async () => {
        for await (const { sequence } of events) {
          seen.push(sequence)
          if (sequence === 3) await store.runs.delete('long')
        }
      }

      await refusal('NOT_FOUND', reading())
      expect(seen).toEqual([1, 2, 3])
    })
  })
}

async function mustDiffer(
  store: Nouns,
  runId: string,
  log: readonly Event[],
  from: Point,
  to: Point,
): Promise<void> {
  const [first, last] = [countUpTo(log, from), countUpTo(log, to)]
  if (first > last || last === 0) {
    await refusal(first > last ? 'INVALID' : 'NOT_FOUND', diff(store, runId, from, to))
    return
  }
  const before = first === 0 ? undefined : fold(runId, log.slice(0, first))
  const after = fold(runId, log.slice(0, last))
  const found = await diff(store, runId, from, to)

  expect(found.events).toStrictEqual(log.slice(first, last))
  expect([found.run.before, found.run.after]).toStrictEqual([before?.run, after.run])
  expect(found.executions.map((change) => [change.before, change.after])).toStrictEqual(
    unlike(before, after, 'executions'),
  )
  for (const noun of ['artifacts', 'syntheses'] as const) {
    expect(found[noun].map((row) => [undefined, row])).toStrictEqual(unlike(before, after, noun))
  }
}

/** The rows that are not what they were, as they were and as they are. */
const unlike = (
  before: History | undefined,
  after: History,
  noun: 'executions' | 'artifacts' | 'syntheses',
) =>
  [...after[noun]]
    .map(([id, row]) => [before?.[noun].get(id), row])
    .filter(([was, is]) => JSON.stringify(was) !== JSON.stringify(is))

/** An abandoned run with a log longer than what is read at once. */
function longBundle(stage: string): Bundle {
  const at = new Date('2026-01-05T09:00:00.000Z')
  const events: readonly LogEntry[] = [
    { sequence: 1, type: 'run.started', at, data: { specId: 'S', stage, expectedAgents: [], labels: {} } },
    ...Array.from({ length: MAX_LIMIT }, (_, i): LogEntry => {
      return { sequence: i + 2, type: i % 2 ? 'run.unpinned' : 'run.pinned', at, data: {} }
    }),
    { sequence: MAX_LIMIT + 2, type: 'run.abandoned', at, data: {} },
  ]
  return { run: fold('long', events).run, executions: [], artifacts: [], syntheses: [], events }
}

/** The log of a store to which something happens once, when it was first read. */
function afterFirstRead(store: ConsensusStore, happens: () => Promise<unknown>): ConsensusStore {
  const { events } = store
  let happened = false
  return {
    ...store,
    events: {
      ...events,
      async read(runId, query) {
        const page = await events.read(runId, query)
        if (!happened) await happens()
        happened = true
        return page
      },
    },
  }
}

async function eventsUpTo(store: ConsensusStore, runId: string, to: Point): Promise<readonly Event[]> {
  const events: Event[] = []
  for await (const event of eventsOf(store, runId, { to })) events.push(event)
  return events
}
