import type { RowDifference } from './difference.ts'
import { fold, type History } from './history.ts'
import type { Inspection, KeptRun } from './inspection.ts'
import { latestIn, SNAPSHOT_VERSION, snapshotDigest, snapshotOf } from './snapshot.ts'

/** The snapshots that are not what a log came to. Where it cannot be folded, nothing can be said of those of its events. */
export async function differingSnapshots(
  inspection: Inspection,
  runId: string,
  { events: kept, snapshots }: KeptRun,
  whole: History | undefined,
): Promise<readonly RowDifference[]> {
  const differences: RowDifference[] = []
  const events = whole ? kept.flatMap(({ event }) => event ?? []) : []
  let history: History | undefined
  let latestAt: Date | undefined
  for (const { sequence, position } of snapshots) {
    const subject = `snapshot ${sequence}`
    if (!kept.some((event) => event.sequence === sequence && event.position === position)) {
      differences.push({ subject, what: 'untold', message: 'is of no event of the log' })
      continue
    }
    if (!whole) continue
    const found = await inspection.snapshot(runId, sequence)
    // Another version may have its reasons, and what has gone meanwhile is nobody's.
    if (!found || (found.snapshot && found.snapshot.version !== SNAPSHOT_VERSION)) continue
    const more = events.slice(history?.run.lastSequence ?? 0, sequence)
    history = fold(runId, more, history)
    latestAt = latestIn(more, latestAt)
    const told = snapshotOf(history, { position, latestAt })
    const { snapshot } = found
    if (snapshot?.digest === told.digest && told.digest === snapshotDigest(snapshot)) continue
    differences.push({ subject, what: 'differs', message: 'is not what the log came to by then' })
  }
  return differences
}
