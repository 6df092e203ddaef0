import { type Event, fold, latestIn, type Nouns, type Snapshot, snapshotOf } from '@consensus-store/core'

/** The snapshot that a right replay would keep of a log, after so many events. */
export function snapshotIn(log: readonly Event[], sequence: number): Snapshot {
  const told = log.slice(0, sequence)
  const { runId, position } = told.at(-1)!
  return snapshotOf(fold(runId, told), { position, latestAt: latestIn(told) })
}

/** The same of a run of a store, whose log is not longer than a page. */
export const snapshotAt = async (
  store: Pick<Nouns, 'events'>,
  runId: string,
  sequence: number,
): Promise<Snapshot> => snapshotIn(await store.events.read(runId, { limit: 1_000 }), sequence)
