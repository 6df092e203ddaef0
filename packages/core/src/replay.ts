import { count, MAX_LIMIT } from './argument.ts'
import { notFound } from './error.ts'
import type { Event } from './event.ts'
import { fold, type History } from './history.ts'
import { type Point, upTo } from './point.ts'
import { type ReadLog, readLog } from './read-log.ts'
import { latestIn, SNAPSHOT_EVERY, snapshotOf } from './snapshot.ts'
import type { ConsensusStore, Nouns } from './store.ts'
import { firstStretch, type LogSource, nextStretch } from './stretch.ts'

/** Which of a run's events to give. */
export interface EventsQuery {
  /** The sequence of the last event already seen. */
  readonly after?: number | undefined
  /** The last event to give, or the instant of which to give what was written before the first event that came later. */
  readonly to?: Point | undefined
  /** How many are fetched at once. */
  readonly limit?: number | undefined
}

/**
 * The events of a run in order, fetched as they are consumed; of an archived run, out of its archive, where their position is 0.
 * Nothing if there is no such run; NOT_FOUND when it is deleted meanwhile.
 */
export async function* eventsOf(
  store: LogSource,
  runId: string,
  { after = 0, to = Number.POSITIVE_INFINITY, limit = MAX_LIMIT }: EventsQuery = {},
): AsyncGenerator<Event> {
  const isUpTo = upTo(to, 'to', 1)
  let stretch = await firstStretch(store, runId, { after, limit })
  while (true) {
    for (const event of stretch.events) {
      if (!isUpTo(event)) return
      yield event
    }
    if (!stretch.goesOn) return
    const next = await nextStretch(store, runId, stretch.events, Math.min(limit + 1, MAX_LIMIT))
    if (!next) throw notFound('run', runId)
    stretch = next
  }
}

/** How snapshots are used. */
export interface SnapshotUse {
  /**
   * How many events are folded before what they came to is kept as a snapshot, and from what length on a log is looked up in
   * one. By default 1000. With `never` the log alone is read.
   */
  readonly snapshotEvery?: number | 'never' | undefined
}

/** Up to which point to replay, and how. */
export interface ReplayOptions extends SnapshotUse {
  readonly to?: Point | undefined
}

/** What a replay reads. In a transaction it keeps no snapshot. */
export type Replayable = LogSource & Pick<Nouns, 'snapshots'> & Partial<Pick<ConsensusStore, 'transaction'>>

/**
 * The run as it was at a point, or as it is now. A sequence beyond its end is its end. Of an instant, it is what was written
 * before the first event that came later. A long log is begun at a snapshot, and leaves one behind, which nobody waits for.
 * NOT_FOUND if there is no such run, or had not begun by then.
 */
export async function replay(
  store: Replayable,
  runId: string,
  { to = Number.POSITIVE_INFINITY, snapshotEvery = SNAPSHOT_EVERY }: ReplayOptions = {},
): Promise<History> {
  const every = checkSnapshotEvery(snapshotEvery)
  const isWithin = upTo(to, 'to', 1)
  const log = await readLog(store, runId, { isWithin, snapshotTo: to, snapshotEvery: every })
  const { base, events } = log
  if (!base && events.length === 0) throw noRun(runId, to)

  const due = every === 'never' ? 0 : eventsDue(log, every)
  if (due === 0) return fold(runId, events, base?.history)
  const history = fold(runId, events.slice(0, due), base?.history)
  keepSnapshot(store, history, log, due)
  return fold(runId, events.slice(due), history)
}

/** How many of the events go into a new snapshot. At multiples of `every`, so that there are never more than fit in the log. */
function eventsDue({ base, events }: ReadLog, every: number): number {
  const from = base?.sequence ?? 0
  const at = Math.floor((from + events.length) / every) * every
  return at - from >= every ? at - from : 0
}

/**
 * Nobody waits for it: a read does not wait for writers. And not within a transaction, which may be undone, and would be by a
 * write that fails.
 */
function keepSnapshot(store: Replayable, history: History, { base, events }: ReadLog, due: number): void {
  const kept = events.slice(0, due)
  const { position } = kept.at(-1)!
  // What comes out of an archive is in no log.
  if (!store.transaction || position === 0) return
  const latestAt = latestIn(kept, base?.latestAt)
  store.snapshots.save(snapshotOf(history, { position, latestAt })).catch(() => undefined)
}

/** How many events are folded at once, checked. INVALID names the argument. */
export const checkSnapshotEvery = (value: number | 'never'): number | 'never' =>
  value === 'never' ? value : count(value, 'snapshotEvery', 1)

/** NOT_FOUND for a run that had no events up to a point. */
export const noRun = (runId: string, to?: Point) =>
  notFound('run', to instanceof Date ? `${runId} as of ${to.toISOString()}` : runId)
