import { archivedBehind, type LogSource } from './archived-log.ts'
import { MAX_LIMIT } from './argument.ts'
import { notFound } from './error.ts'
import type { Event } from './event.ts'
import type { History } from './history.ts'
import type { Point } from './point.ts'
import { historyIn, type Snapshot } from './snapshot.ts'
import type { Nouns } from './store.ts'

/** A run's log up to a point, from where folding it may begin. */
export interface ReadLog {
  /** What the log came to before the events; `undefined` when these are all there are. */
  readonly base: Base | undefined
  readonly events: readonly Event[]
  /** The first that is not within, if there is one. */
  readonly next: Event | undefined
}

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

  /** Takes a page, and says whether the log goes on behind it. */
  function goesOnBehind(page: readonly Event[], most: number): boolean {
    for (const event of page) {
      if (!isWithin(event)) {
        next = event
        return false
      }
      events.push(event)
    }
    return page.length === most
  }

  const most = snapshotEvery === 'never' ? MAX_LIMIT : Math.min(snapshotEvery, MAX_LIMIT)
  let goesOn = goesOnBehind(await store.events.read(runId, { limit: most }), most)
  if (events.length === 0 && !next) goesOnBehind((await archivedBehind(store, runId)) ?? [], 0)
  if (goesOn && snapshotEvery !== 'never') {
    const found = await trustedSnapshot(store, runId, options)
    if (found && found.base.sequence >= events.length) {
      base = found.base
      events = []
      goesOn = goesOnBehind(found.rest, MAX_LIMIT - 1)
    }
  }
  while (goesOn) {
    const last = events.at(-1)
    const rest = await behind(store, runId, last ?? base!, MAX_LIMIT)
    const archived = rest ?? (last && (await archivedBehind(store, runId, last)))
    if (!archived) throw notFound('run', runId)
    goesOn = goesOnBehind(archived, MAX_LIMIT - 1) && rest !== undefined
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

/**
 * What follows an event that is known: with it, no more than `limit`. `undefined` when it is missing, because the run was
 * deleted, or is another of that id by now.
 */
export async function behind(
  store: Pick<Nouns, 'events'>,
  runId: string,
  { sequence, position }: Pick<Event, 'sequence' | 'position'>,
  limit: number,
): Promise<readonly Event[] | undefined> {
  const [again, ...rest] = await store.events.read(runId, { after: sequence - 1, limit })
  return again?.position === position ? rest : undefined
}
