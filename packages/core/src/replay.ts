import { MAX_LIMIT } from './argument.ts'
import { invalid, notFound } from './error.ts'
import type { Event } from './event.ts'
import { fold, type History } from './history.ts'
import type { Nouns } from './store.ts'

/** The events of a run in order, fetched as they are consumed. Nothing if there is no such run. */
export async function* eventsOf(
  store: Pick<Nouns, 'events'>,
  runId: string,
  { after = 0, limit = MAX_LIMIT } = {},
): AsyncGenerator<Event> {
  while (true) {
    const events = await store.events.read(runId, { after, limit })
    yield* events
    if (events.length < limit) return
    after = events.at(-1)!.sequence
  }
}

/** The run as it was after event `to`, or as it is now. NOT_FOUND if there is no such run. */
export async function replay(
  store: Pick<Nouns, 'events'>,
  runId: string,
  { to = Number.POSITIVE_INFINITY }: { to?: number } = {},
): Promise<History> {
  if (!(to >= 1)) throw invalid('to', `must be a sequence from 1, not ${to}`)
  const events: Event[] = []
  for await (const event of eventsOf(store, runId)) {
    if (event.sequence > to) break
    events.push(event)
  }
  if (events.length === 0) throw notFound('run', runId)
  return fold(runId, events)
}
