import type { KeptArchive } from './archive.ts'
import type { Bundle } from './bundle.ts'
import { differingMembers, missing, type RowDifference, unreadable } from './difference.ts'
import type { KeptRun } from './inspection.ts'
import { bundleEndedAt, tryUnpacking } from './pack.ts'

/** What can be said of a run that is archived. */
export interface ExaminedArchive {
  /** `undefined` when the archive is damaged. */
  readonly bundle: Bundle | undefined
  readonly differences: readonly RowDifference[]
}

/** Whether the archive is what is to be believed. One beside a whole run is not: putting it back was never half done. */
export const isArchived = ({ archive, run, events }: KeptRun): boolean =>
  archive !== undefined && (run?.row?.archivedAt !== undefined || events.length === 0)

/** What differs in an archived run, and what its archive tells. */
export async function examineArchive(
  kept: KeptRun,
  archive: KeptArchive | undefined,
): Promise<ExaminedArchive> {
  const left = rowsLeft(kept)
  if (!archive) return { bundle: undefined, differences: [unreadable('archive'), ...left] }
  const unpacked = await tryUnpacking(archive)
  if (!unpacked.bundle) {
    const problem = unreadable('archive', `is damaged: ${unpacked.problem}`)
    return { bundle: undefined, differences: [problem, ...left] }
  }
  const { bundle } = unpacked
  return {
    bundle,
    differences: [...differingRun(kept, archive, bundle), ...differingEnd(archive, bundle), ...left],
  }
}

function differingRun({ run }: KeptRun, { archivedAt }: KeptArchive, bundle: Bundle) {
  if (!run) return [missing('run')]
  if (!run.row) return [unreadable('run')]
  return differingMembers('run', run.row, { ...bundle.run, archivedAt })
}

function differingEnd({ endedAt }: KeptArchive, bundle: Bundle): readonly RowDifference[] {
  if (endedAt.getTime() === bundleEndedAt(bundle).getTime()) return []
  return [
    {
      subject: 'archive',
      what: 'differs',
      member: 'endedAt',
      message: 'says another endedAt than what it holds',
    },
  ]
}

/** An archive is in the place of everything but the run's row. */
function rowsLeft(kept: KeptRun): readonly RowDifference[] {
  const { executions, artifacts, syntheses, events, bodies, snapshots } = kept
  const subjects = [
    ...executions.map(({ id }) => `execution ${id}`),
    ...artifacts.map(({ id }) => `artifact ${id}`),
    ...syntheses.map(({ id }) => `synthesis ${id}`),
    ...events.map(({ sequence }) => `event ${sequence}`),
    ...bodies.map((position) => `body ${position}`),
    ...snapshots.map(({ sequence }) => `snapshot ${sequence}`),
  ]
  const message = 'is left, although the run is archived'
  return subjects.map((subject) => ({ subject, what: 'untold', message }))
}
