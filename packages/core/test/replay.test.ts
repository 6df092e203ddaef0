import { describe, expect, test } from 'vitest'
import { type Event, eventsOf, fold, replay } from '../src/index.ts'
import { aLog } from './a-log.ts'
import { aStore } from './a-store.ts'

const log = aLog().map((entry, i): Event => ({ ...entry, runId: 'r', position: 10 * (i + 1) }))
const asked: unknown[] = []
const store = aStore({
  events: {
    async read(runId, query) {
      asked.push(query)
      const { after = 0, limit = 50 } = query ?? {}
      return runId === 'r' ? log.slice(after, after + limit) : []
    },
  },
})

/** A store whose run is gone, or another one, after so many reads. */
const changedAfter = (reads: number, then: readonly Event[]) => {
  let left = reads
  return aStore({
    events: {
      async read(_runId, { after = 0, limit = 50 } = {}) {
        const now = left-- > 0 ? log : then
        return now.filter(({ sequence }) => sequence > after).slice(0, limit)
      },
    },
  })
}

describe('replaying', () => {
  test('gives the run as it is', async () => {
    expect(await replay(store, 'r')).toEqual(fold('r', aLog()))
  })

  test('gives the run as it was at any sequence', async () => {
    for (let to = 1; to <= log.length; to++) {
      expect(await replay(store, 'r', { to })).toEqual(fold('r', aLog().slice(0, to)))
    }
    expect(await replay(store, 'r', { to: 1_000 })).toEqual(fold('r', aLog()))
  })

  test('gives the run as it was at any instant', async () => {
    for (const [i, { at }] of log.entries()) {
      const told = log.filter((event) => event.at.getTime() <= at.getTime())
      expect(told.length).toBeGreaterThan(i)
      expect(await replay(store, 'r', { to: at })).toEqual(fold('r', told))
    }
  })

  test('knows of no run before it began', async () => {
    const to = new Date(log[0]!.at.getTime() - 1)
    await expect(replay(store, 'r', { to })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(replay(store, 'r', { to: new Date(Number.NaN) })).rejects.toMatchObject({ code: 'INVALID' })
  })

  test('refuses a sequence that is none, and a run nobody started', async () => {
    for (const to of [0, -1, Number.NaN]) {
      await expect(replay(store, 'r', { to })).rejects.toMatchObject({ code: 'INVALID' })
    }
    await expect(replay(store, 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

async function collected(events: AsyncIterable<Event>): Promise<Event[]> {
  const all: Event[] = []
  for await (const event of events) all.push(event)
  return all
}

describe('a run that is deleted while its events are read', () => {
  const moved = log.map((event): Event => ({ ...event, position: event.position + 1_000 }))

  for (const [what, then] of [
    ['is gone', []],
    ['is gone when another has its id', moved],
  ] as const) {
    test(`${what}, and not cut short`, async () => {
      const read = collected(eventsOf(changedAfter(1, then), 'r', { limit: 4 }))
      await expect(read).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })
  }

  test('is told whole when it was read whole before', async () => {
    expect(await collected(eventsOf(changedAfter(1, []), 'r'))).toEqual(log)
  })
})

test('events are given up to a point', async () => {
  expect(await collected(eventsOf(store, 'r', { after: 2, to: 5, limit: 2 }))).toEqual(log.slice(2, 5))
  expect(await collected(eventsOf(store, 'r', { to: log[5]!.at }))).toEqual(log.slice(0, 6))
  await expect(collected(eventsOf(store, 'r', { to: 0 }))).rejects.toMatchObject({ code: 'INVALID' })
})

test('events are fetched a page at a time, each once', async () => {
  asked.length = 0
  const sequences: number[] = []
  for await (const { sequence } of eventsOf(store, 'r', { after: 1, limit: 3 })) sequences.push(sequence)

  expect(sequences).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
  expect(asked).toEqual([
    { after: 1, limit: 3 },
    { after: 3, limit: 4 },
    { after: 6, limit: 4 },
  ])
})
