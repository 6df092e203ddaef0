import { MAX_LIMIT } from './argument.ts'
import { invalid, notFound } from './error.ts'
import type { Event } from './event.ts'
import { fold, type History } from './history.ts'
import type { Nouns } from './store.ts'

/** A point in a run's log: after the event with this sequence, or as of an instant. */
export type Point = number | Date

export interface EventsQuery {
  /** The sequence of the last event already seen. */
  readonly after?: number | undefined
  /** The last event to give, or the instant of which to give what was written before the first event that came later. */
  readonly to?: Point | undefined
  /** How many are fetched at once. */
  readonly limit?: number | undefined
}

/**
 * The events of a run in order, fetched as they are consumed. Nothing if there is no such run; NOT_FOUND when it is deleted
 * meanwhile.
 */
export async function* eventsOf(
  store: Pick<Nouns, 'events'>,
  runId: string,
  { after = 0, to = Number.POSITIVE_INFINITY, limit = MAX_LIMIT }: EventsQuery = {},
): AsyncGenerator<Event> {
  const isUpTo = upTo(to, 'to', 1)
  for await (const event of allEventsOf(store, runId, after, limit)) {
    if (!isUpTo(event)) return
    yield event
  }
}

async function* allEventsOf(
  store: Pick<Nouns, 'events'>,
  runId: string,
  after: number,
  limit: number,
): AsyncGenerator<Event> {
  let events = await store.events.read(runId, { after, limit })
  yield* events
  let full = events.length === limit
  while (full) {
    const last: Event = events.at(-1)!
    // With the last event again: of a run that was deleted meanwhile, or is another of that id by now, it is missing.
    const more = { after: last.sequence - 1, limit: Math.min(limit + 1, MAX_LIMIT) }
    const [again, ...rest] = await store.events.read(runId, more)
    if (again?.position !== last.position) throw notFound('run', runId)
    yield* rest
    full = rest.length === more.limit - 1
    events = rest
  }
}

/**
 * The run as it was at a point, or as it is now. A sequence beyond its end is its end. Of an instant, it is what was written
 * before the first event that came later. NOT_FOUND if there is no such run, or had not begun by then.
 */
export async function replay(
  store: Pick<Nouns, 'events'>,
  runId: string,
  { to }: Pick<EventsQuery, 'to'> = {},
): Promise<History> {
  const events: Event[] = []
  for await (const event of eventsOf(store, runId, { to })) events.push(event)
  if (events.length === 0) throw noRun(runId, to)
  return fold(runId, events)
}

/** NOT_FOUND for a run that had no events up to a point. */
export const noRun = (runId: string, to?: Point) =>
  notFound('run', to instanceof Date ? `${runId} as of ${to.toISOString()}` : runId)

/** Whether an event lies at a point or before it. INVALID, naming the argument, when it is none. */
export function upTo(point: Point, argument: string, first: number): (event: Event) => boolean {
  if (point instanceof Date) {
    const ms = point.getTime()
    if (Number.isNaN(ms)) throw invalid(argument, 'must be a valid Date')
    return ({ at }) => at.getTime() <= ms
  }
  if (typeof point !== 'number' || !(point >= first)) {
    throw invalid(argument, `must be a sequence from ${first} or a Date, not ${String(point)}`)
  }
  return ({ sequence }) => sequence <= point
}
