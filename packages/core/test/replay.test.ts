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

  test('refuses a sequence that is none, and a run nobody started', async () => {
    for (const to of [0, -1, Number.NaN]) {
      await expect(replay(store, 'r', { to })).rejects.toMatchObject({ code: 'INVALID' })
    }
    await expect(replay(store, 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

test('events are fetched a page at a time, each once', async () => {
  asked.length = 0
  const sequences: number[] = []
  for await (const { sequence } of eventsOf(store, 'r', { after: 1, limit: 3 })) sequences.push(sequence)

  expect(sequences).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
  expect(asked).toEqual([
    { after: 1, limit: 3 },
    { after: 4, limit: 3 },
    { after: 7, limit: 3 },
  ])
})
