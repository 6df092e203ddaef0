import { count, instant, name, options } from './argument.ts'
import { checkDigest, digest, textBody } from './body.ts'
import type { LogEntry } from './event.ts'
import type { History } from './history.ts'
import { type Point, upTo } from './point.ts'
import { decodeHistory, encodeHistory } from './snapshot-state.ts'

/** Events a replay folds before it keeps what they came to by default. */
export const SNAPSHOT_EVERY = 1_000

/**
 * The form of `state`, and what events do to a history: raised whenever either changes, so that nobody believes what another
 * version made of a log.
 */
export const SNAPSHOT_VERSION = 1

/** What a run's log came to up to an event, kept so that replaying need not begin at its beginning. Derived: it can always be left out. */
export interface Snapshot {
  readonly runId: string
  /** Of the last event that is in it. */
  readonly sequence: number
  /** Of the same event, in the store's log: by it a snapshot is known to be of this log and of no other of that id. */
  readonly position: number
  /** The latest instant of any event that is in it. */
  readonly latestAt: Date
  /** Of the form of `state`. */
  readonly version: number
  /** Of all the rest. */
  readonly digest: string
  /** The history as text. */
  readonly state: string
}

/** How far a snapshot may reach. */
export interface SnapshotQuery {
  /** The last event that may be in it, or the instant before or at which all its events must lie. */
  readonly to?: Point | undefined
}

/** The last event that is in a snapshot, and the latest instant of any. */
type Reach = Pick<Snapshot, 'position' | 'latestAt'>

/** What a log came to, as it is kept. */
export function snapshotOf(history: History, { position, latestAt }: Reach): Snapshot {
  const snapshot = {
    runId: history.run.id,
    sequence: history.run.lastSequence,
    position,
    latestAt,
    version: SNAPSHOT_VERSION,
    state: encodeHistory(history),
  }
  return { ...snapshot, digest: snapshotDigest(snapshot) }
}

/** What a snapshot holds; `undefined` when another version made it, or it is not as it was made. */
export function historyIn(snapshot: Snapshot): History | undefined {
  if (snapshot.version !== SNAPSHOT_VERSION || snapshot.digest !== snapshotDigest(snapshot)) return undefined
  const history = decodeHistory(snapshot.state)
  return history.run.lastSequence === snapshot.sequence ? history : undefined
}

/** What `digest` must be for a snapshot to be as it was made. */
export const snapshotDigest = ({
  runId,
  sequence,
  position,
  latestAt,
  version,
  state,
}: Omit<Snapshot, 'digest'>): string =>
  digest(`${JSON.stringify([runId, sequence, position, latestAt.getTime(), version])}${state}`)

/** The latest instant of events that there are, and of those before them. */
export const latestIn = (events: readonly Pick<LogEntry, 'at'>[], before = events[0]!.at): Date =>
  new Date(events.reduce((latest, { at }) => Math.max(latest, at.getTime()), before.getTime()))

/** Checks a snapshot, but not what it holds: that is for who replays. */
export function checkSnapshot(snapshot: Snapshot): Snapshot {
  const { runId, sequence, position, latestAt, version, digest, state } = options(snapshot, 'snapshot')
  return {
    runId: name(runId, 'runId'),
    sequence: count(sequence, 'sequence', 1),
    position: count(position, 'position', 1),
    latestAt: instant(latestAt, 'latestAt'),
    version: count(version, 'version', 1, MAX_VERSION),
    digest: checkDigest(digest, 'digest'),
    state: textBody(state, 'state').text,
  }
}

/** What a column of four bytes holds. */
const MAX_VERSION = 2_147_483_647

/** The last sequence that is asked for, or the last instant. */
export function snapshotQuery(query: SnapshotQuery = {}): { sequence: number } | { at: Date } {
  const { to = Number.POSITIVE_INFINITY } = options(query, 'query')
  upTo(to, 'to', 1)
  return to instanceof Date
    ? { at: new Date(to) }
    : { sequence: Math.min(Math.floor(to), Number.MAX_SAFE_INTEGER) }
}
