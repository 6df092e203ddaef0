import { MAX_LIMIT } from './argument.ts'
import { notFound } from './error.ts'
import type { Event } from './event.ts'
import type { History } from './history.ts'
import type { Point } from './point.ts'
import { historyIn, type Snapshot } from './snapshot.ts'
import type { Nouns } from './store.ts'
import { behind, firstStretch, type LogSource, nextStretch, type Stretch } from './stretch.ts'

/** A run's log up to a point, from where folding it may begin. */
export interface ReadLog {
  /** What the log came to before the events; `undefined` when these are all there are. */
  readonly base: Base | undefined
  readonly events: readonly Event[]
  /** The first that is not within, if there is one. */
  readonly next: Event | undefined
}

/** A snapshot that is believed, with what it holds. */
export interface Base extends Snapshot {
  readonly history: History
}

interface ReadLogOptions {
  /** Whether an event is to be read: the first that is not ends the log. */
  readonly isWithin: (event: Pick<Event, 'sequence' | 'at'>) => boolean
  /** What a snapshot may hold. */
  readonly snapshotTo: Point
  /** A log that is no longer than this is read whole. */
  readonly snapshotEvery: number | 'never'
}

type Log = LogSource & Pick<Nouns, 'snapshots'>

/**
 * Reads what is needed of a log. Its beginning is read whether there is a snapshot or not, so that a short log, which most are,
 * costs nothing more. NOT_FOUND when the run is deleted meanwhile.
 */
export async function readLog(store: Log, runId: string, options: ReadLogOptions): Promise<ReadLog> {
  const { isWithin, snapshotEvery } = options
  let base: Base | undefined
  let events: Event[] = []
  let next: Event | undefined

  /** Takes events, and says whether more are to be read behind them. */
  function take(stretch: Stretch): boolean {
    for (const event of stretch.events) {
      if (!isWithin(event)) {
        next = event
        return false
      }
      events.push(event)
    }
    return stretch.goesOn
  }

  const most = snapshotEvery === 'never' ? MAX_LIMIT : Math.min(snapshotEvery, MAX_LIMIT)
  let goesOn = take(await firstStretch(store, runId, { limit: most }))
  if (goesOn && snapshotEvery !== 'never') {
    const found = await trustedSnapshot(store, runId, options)
    if (found && found.base.sequence >= events.length) {
      base = found.base
      events = []
      goesOn = take({ events: found.rest, goesOn: found.rest.length === MAX_LIMIT - 1 })
    }
  }
  while (goesOn) {
    const rest = await nextStretch(store, runId, events.slice(-MAX_LIMIT), MAX_LIMIT)
    if (!rest) throw notFound('run', runId)
    goesOn = take(rest)
  }
  return { base, events, next }
}

/** The newest snapshot that may be used, if it is of this very log, and what follows it. What cannot be had is done without. */
async function trustedSnapshot(
  store: Log,
  runId: string,
  { isWithin, snapshotTo }: ReadLogOptions,
): Promise<{ base: Base; rest: readonly Event[] } | undefined> {
  const snapshot = await store.snapshots.latest(runId, { to: snapshotTo }).catch(() => undefined)
  if (!snapshot || !isWithin({ sequence: snapshot.sequence, at: snapshot.latestAt })) return undefined
  const history = historyIn(snapshot)
  const rest = history && (await behind(store, runId, snapshot, MAX_LIMIT))
  return rest && { base: { ...snapshot, history }, rest }
}
