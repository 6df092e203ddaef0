import type { History } from './history.ts'

/** What a run's log came to up to an event, kept so that replaying need not begin at its beginning. Derived: it can always be left out. */
export interface Snapshot {
  readonly runId: string
  /** Of the last event that is in it. */
  readonly sequence: number
  /** Of the same event, in the store's log: by it a snapshot is known to be of this log and of no other of that id. */
  readonly position: number
  /** The latest instant of any event that is in it. */
  readonly latestAt: Date
  readonly history: History
}
