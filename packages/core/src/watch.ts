import { setTimeout as sleep } from 'node:timers/promises'
import { options as checkOptions, count, MAX_LIMIT, optionalSignal, timerMs } from './argument.ts'
import { StoreError } from './error.ts'
import type { Event } from './event.ts'
import { type EventFilter, matching } from './event-filter.ts'
import type { ConsensusStore } from './store.ts'

/** What to watch, and for how long. */
export interface WatchOptions {
  /** The position of the last event already seen. By default 0, the beginning. */
  readonly after?: number | undefined
  /** Ends the iteration in order when it is aborted. */
  readonly signal?: AbortSignal | undefined
  /** By default all events. */
  readonly filter?: EventFilter | undefined
  /** Milliseconds between looks at the log while nothing is heard of, by default 1000. */
  readonly everyMs?: number | undefined
  /** How many events are fetched at once; no more are read than that before they are consumed. */
  readonly limit?: number | undefined
  /** Is told of a store that could not be had, before it is tried again. */
  readonly troubled?: ((error: StoreError) => void) | undefined
}

/**
 * All runs' events in the order of their positions: those that are there, then those that come, until the iteration or the
 * signal ends it. Nothing is missed and nothing told twice, also when it is begun again behind the last event that was
 * consumed. What is deleted before it is read is not told of. A store that cannot be had is waited for; any other error
 * ends it, CLOSED too.
 */
export function watch(
  store: Pick<ConsensusStore, 'events' | 'arrival'>,
  options: WatchOptions = {},
): AsyncGenerator<Event, void, void> {
  const stop = new AbortController()
  const events = following(store, options, stop)
  return {
    next: () => events.next(),
    // Not the generator's own way alone: that would wait for the next event before it ends.
    return(value) {
      stop.abort()
      return events.return(value)
    },
    throw(error) {
      stop.abort()
      return events.throw(error)
    },
    async [Symbol.asyncDispose]() {
      await this.return()
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function* following(
  store: Pick<ConsensusStore, 'events' | 'arrival'>,
  options: WatchOptions,
  stop: AbortController,
): AsyncGenerator<Event, void, void> {
  const {
    after = 0,
    signal: given,
    filter = {},
    everyMs = 1_000,
    limit = MAX_LIMIT,
    troubled,
  } = checkOptions(options, 'options')
  let position = count(after, 'after')
  const withinMs = timerMs(everyMs, 'everyMs', 1)
  count(limit, 'limit', 1, MAX_LIMIT)
  const outer = optionalSignal(given, 'signal')
  const matches = matching(store, filter)
  const { signal } = stop
  const end = () => stop.abort()
  outer?.addEventListener('abort', end)
  if (outer?.aborted) end()
  const patiently = outlasting(signal, troubled)

  try {
    while (!signal.aborted) {
      const events = await patiently(() => store.events.readAll({ after: position, limit }))
      for (const event of events ?? []) {
        const wanted = await patiently(() => matches(event))
        if (signal.aborted) return
        if (wanted) yield event
        if (signal.aborted) return
        position = event.position
      }
      if (events && events.length < limit)
        await patiently(() => store.arrival(position, { withinMs, signal }))
    }
  } finally {
    // For who holds on to something until then.
    stop.abort()
    outer?.removeEventListener('abort', end)
  }
}

/** Milliseconds between tries, at first and at most. */
const PAUSE_MS = { first: 50, most: 5_000 }

/** Repeats a call until the store can be had; gives `undefined` when the signal ends that. */
function outlasting(signal: AbortSignal, troubled: WatchOptions['troubled']) {
  return async <T>(call: () => Promise<T>): Promise<T | undefined> => {
    for (let pause = PAUSE_MS.first; !signal.aborted; pause = Math.min(pause * 2, PAUSE_MS.most)) {
      try {
        return await call()
      } catch (error) {
        if (!(error instanceof StoreError) || !error.retryable) throw error
        if (signal.aborted) return undefined
        troubled?.(error)
      }
      await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined)
    }
    return undefined
  }
}
