import { compareText, type DeletedRun, type Execution, OPEN_STATUSES } from '@consensus-store/core'
import { sql } from 'kysely'
import type { Session } from './context.ts'
import { executionFromRow } from './execution-rows.ts'
import { type Bound, bind, type Kit, statement } from './statement.ts'

interface OfRun {
  id: string
}

/** Deletes a run with all it owns; `undefined` if it is not there or may not be deleted. */
export async function deleteRun(session: Session, run: OfRun): Promise<DeletedRun | undefined> {
  const [[claimed], agentIds] = await session.write(deletingSteps(run))
  return claimed && { ...run, agentIds: agentIds.sort(compareText) }
}

/**
 * Rows go before the run they belong to, bodies before the events that name them.
 *
 * The claim makes the run's last sequence negative. Nobody else ever sees it so, because the run is gone before anything is
 * committed; and where all steps are sent before the claim is answered, the others happen to no run but one that is so marked.
 */
const deletingSteps = (run: OfRun) =>
  [
    bind(claimDeletable, run),
    bind(deleteExecutions, run),
    bind(deleteBodies, run),
    bind(deleteArtifacts, run),
    bind(deleteSyntheses, run),
    bind(deleteEvents, run),
    bind(deleteRow, run),
  ] as const satisfies readonly Bound[]

/** The first execution of a run that has not ended, if there is one. */
export const openExecution = (run: OfRun): Bound<Execution> => bind(openOf, run)

const openOf = statement<OfRun>()(
  ({ db, arg }) =>
    db
      .selectFrom('execution')
      .selectAll()
      .where('run_id', '=', arg.text('id'))
      .where('status', 'in', openStatuses)
      .orderBy('agent_id')
      .limit(1),
  executionFromRow,
)

const openStatuses = OPEN_STATUSES.map((status) => sql.lit(status))

const claimDeletable = statement<OfRun>()(({ db, dialect, arg }) =>
  db
    .updateTable('run')
    .set((eb) => ({ last_sequence: eb.neg(eb.ref('last_sequence')) }))
    .where('id', '=', arg.text('id'))
    .where('status', '<>', sql.lit('running'))
    .where('pinned', '=', sql.lit(dialect.flag.encode(false)))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('execution')
            .select('agent_id')
            .where('run_id', '=', arg.text('id'))
            .where('execution.status', 'in', openStatuses),
        ),
      ),
    )
    .returning('id'),
)

const claimed = ({ db, arg }: Kit<OfRun>) =>
  db
    .selectFrom('run')
    .select('run.id')
    .where('run.id', '=', arg.text('id'))
    .where('run.last_sequence', '<', sql.lit(0))

const deleteExecutions = statement<OfRun>()(
  (kit) => kit.db.deleteFrom('execution').where('run_id', 'in', claimed(kit)).returning('agent_id'),
  ({ agent_id }) => agent_id,
)

const deleteBodies = statement<OfRun>()((kit) =>
  kit.db
    .deleteFrom('body')
    .where('position', 'in', ({ selectFrom }) =>
      selectFrom('event').select('event.position').where('event.run_id', 'in', claimed(kit)),
    ),
)

const deleteArtifacts = statement<OfRun>()((kit) =>
  kit.db.deleteFrom('artifact').where('run_id', 'in', claimed(kit)),
)

const deleteSyntheses = statement<OfRun>()((kit) =>
  kit.db.deleteFrom('synthesis').where('run_id', 'in', claimed(kit)),
)

const deleteEvents = statement<OfRun>()((kit) =>
  kit.db.deleteFrom('event').where('run_id', 'in', claimed(kit)),
)

const deleteRow = statement<OfRun>()((kit) => kit.db.deleteFrom('run').where('id', 'in', claimed(kit)))
