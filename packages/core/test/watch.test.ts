import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type ConsensusStore, type Event, StoreError, watch } from '../src/index.ts'
import { aStore } from './a-store.ts'

const started = (position: number, runId = `r${position}`, specId = 'S'): Event => ({
  runId,
  position,
  sequence: 1,
  type: 'run.started',
  at: new Date(position),
  data: { specId, stage: 'plan', expectedAgents: [], labels: {} },
})

const pinned = (position: number, runId: string): Event => ({
  runId,
  position,
  sequence: 2,
  type: 'run.pinned',
  at: new Date(position),
  data: {},
})

/** A store of nothing but a log. What `trouble` throws is what a call comes to. */
function aLog(log: readonly Event[], trouble: (operation: string) => void = () => {}) {
  const asked: string[] = []
  const call = async <T>(operation: string, answer: () => T): Promise<T> => {
    asked.push(operation)
    trouble(operation)
    return answer()
  }
  const store: ConsensusStore = {
    ...aStore({
      events: {
        readAll: ({ after = 0, limit = 50 } = {}) =>
          call('readAll', () => log.filter(({ position }) => position > after).slice(0, limit)),
        read: (runId, { limit = 50 } = {}) =>
          call('read', () => log.filter((event) => event.runId === runId).slice(0, limit)),
      },
    }),
    async arrival(_, { signal }) {
      await call('arrival', () => {})
      await sleep(60_000, undefined, { signal }).catch(() => {})
    },
  }
  return { store, asked }
}

async function take(events: AsyncGenerator<Event>, count: number): Promise<number[]> {
  const positions: number[] = []
  for await (const { position } of events) {
    positions.push(position)
    if (positions.length === count) break
  }
  return positions
}

/** Throws each of these once, at the first call of each operation. */
function once(...codes: ('UNAVAILABLE' | 'BUSY' | 'CORRUPT')[]): (operation: string) => void {
  const left = new Map<string, typeof codes>()
  return (operation) => {
    const own = left.get(operation) ?? [...codes]
    left.set(operation, own)
    const code = own.shift()
    if (code) throw new StoreError(code, `${operation} is ${code}`)
  }
}

describe('watching', () => {
  test('outlasts a store that cannot be had, tells of it, and leaves no gap', async () => {
    const { store } = aLog([started(1), pinned(2, 'r1'), pinned(3, 'r0')], once('UNAVAILABLE', 'BUSY'))
    const told: string[] = []
    const events = watch(store, {
      filter: { specId: 'S' },
      after: 1,
      limit: 1,
      troubled: ({ message }) => told.push(message),
    })

    expect(await take(events, 1)).toEqual([2])
    expect(told).toEqual(['readAll is UNAVAILABLE', 'readAll is BUSY', 'read is UNAVAILABLE', 'read is BUSY'])
  })

  test('waits on when waiting itself could not be had', async () => {
    const log = [started(1)]
    const { store, asked } = aLog(log, once('UNAVAILABLE'))
    const events = watch(store)
    await events.next()
    const next = events.next()
    while (asked.filter((operation) => operation === 'arrival').length < 2) await sleep(5)
    await events.return()

    expect(await next).toEqual({ done: true, value: undefined })
  })

  test('is over with any other error', async () => {
    const { store } = aLog([started(1)], once('CORRUPT'))

    await expect(watch(store).next()).rejects.toMatchObject({ code: 'CORRUPT' })
  })

  test('can be ended while the store cannot be had', async () => {
    const { store } = aLog([], () => {
      throw new StoreError('UNAVAILABLE', 'nobody answers')
    })
    const events = watch(store)
    const next = events.next()
    await sleep(20)
    await events.return()

    expect(await next).toEqual({ done: true, value: undefined })
  })

  test('passes events of types on that it does not know', async () => {
    const unheardOf = { ...pinned(2, 'r1'), type: 'run.praised', data: { by: 'all' } } as unknown as Event
    const { store } = aLog([started(1), unheardOf, pinned(3, 'r1')])
    const events = watch(store)
    await events.next()

    expect(await events.next()).toEqual({ done: false, value: unheardOf })
    expect(await take(watch(store, { filter: { specId: 'S', types: ['run.praised'] } }), 1)).toEqual([2])
    await events.return()
  })

  test('looks up only runs whose beginning was not told, and keeps no more than a thousand in mind', async () => {
    const runs = Array.from({ length: 1_001 }, (_, i) => started(i + 1))
    const log = [...runs, pinned(2_000, 'r2'), pinned(2_001, 'r1001'), pinned(2_002, 'r1')]
    const { store, asked } = aLog(log)
    const lookups = () => asked.filter((operation) => operation === 'read').length
    const events = watch(store, { filter: { stage: 'plan' } })
    await take({ ...events, return: async () => ({ done: true, value: undefined }) }, 1_003)
    expect(lookups()).toBe(0)
    expect((await events.next()).value).toMatchObject({ runId: 'r1' })
    expect(lookups()).toBe(1)
    await events.return()
  })
})
