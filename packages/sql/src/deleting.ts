import { compareText, type DeletedRun, type Execution, OPEN_STATUSES } from '@consensus-store/core'
import { type ExpressionBuilder, sql } from 'kysely'
import type { Session } from './context.ts'
import { executionFromRow } from './execution-rows.ts'
import type { Schema } from './schema.ts'
import { type Bound, bind, type Kit, statement } from './statement.ts'

interface OfRun {
  id: string
}

/** Deletes a run with all it owns; `undefined` if it is not there or may not be deleted. */
export async function deleteRun(session: Session, run: OfRun): Promise<DeletedRun | undefined> {
  const [, agentIds, ...others] = await session.write(deletingSteps(run))
  const [deleted] = others.at(-1)!
  return deleted && { ...run, agentIds: agentIds.sort(compareText) }
}

/**
 * Rows go before the run they belong to, bodies before the events that name them. The run was deleted when the last step
 * gives it.
 *
 * Every step asks for itself whether the run may be deleted: a claim that waited for another write to the run sees the
 * run as that left it, but executions as they were before. From the claim on nobody else can change either, so all steps
 * behind it come to the same answer.
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

const isDeletable = ({ dialect, arg }: Kit<OfRun>) => {
  const unpinned = sql.lit(dialect.flag.encode(false))
  return (eb: ExpressionBuilder<Schema, 'run'>) =>
    eb.and([
      eb('run.id', '=', arg.text('id')),
      eb('run.status', '<>', sql.lit('running')),
      eb('run.pinned', '=', unpinned),
      eb.not(
        eb.exists(
          eb
            .selectFrom('execution as open')
            .select('open.agent_id')
            .where('open.run_id', '=', arg.text('id'))
            .where('open.status', 'in', openStatuses),
        ),
      ),
    ])
}

const aDeletableRun = (kit: Kit<OfRun>) => kit.db.selectFrom('run').select('run.id').where(isDeletable(kit))

/** Changes nothing, and so locks the run's row. */
const claimDeletable = statement<OfRun>()((kit) =>
  kit.db
    .updateTable('run')
    .set((eb) => ({ last_sequence: eb.ref('run.last_sequence') }))
    .where(isDeletable(kit))
    .returning('run.id'),
)

const deleteBodies = statement<OfRun>()((kit) =>
  kit.db
    .deleteFrom('body')
    .where('position', 'in', (eb) =>
      eb.selectFrom('event').select('event.position').where('event.run_id', '=', kit.arg.text('id')),
    )
    .where(({ exists }) => exists(aDeletableRun(kit))),
)

const deleteExecutions = statement<OfRun>()(
  (kit) =>
    kit.db
      .deleteFrom('execution')
      .where('run_id', '=', kit.arg.text('id'))
      .where(({ exists }) => exists(aDeletableRun(kit)))
      .returning('agent_id'),
  ({ agent_id }) => agent_id,
)

const deleteArtifacts = statement<OfRun>()((kit) =>
  kit.db
    .deleteFrom('artifact')
    .where('run_id', '=', kit.arg.text('id'))
    .where(({ exists }) => exists(aDeletableRun(kit))),
)

const deleteSyntheses = statement<OfRun>()((kit) =>
  kit.db
    .deleteFrom('synthesis')
    .where('run_id', '=', kit.arg.text('id'))
    .where(({ exists }) => exists(aDeletableRun(kit))),
)

const deleteEvents = statement<OfRun>()((kit) =>
  kit.db
    .deleteFrom('event')
    .where('run_id', '=', kit.arg.text('id'))
    .where(({ exists }) => exists(aDeletableRun(kit))),
)

const deleteRow = statement<OfRun>()((kit) =>
  kit.db.deleteFrom('run').where(isDeletable(kit)).returning('run.id'),
)
