import { compareText, type DeletedRun, type Execution, OPEN_STATUSES } from '@consensus-store/core'
import { type ExpressionBuilder, sql } from 'kysely'
import { claim, type Steps } from './claim.ts'
import type { Session } from './context.ts'
import type { SqlDialect } from './dialect.ts'
import { executionFromRow } from './execution-rows.ts'
import type { Schema } from './schema.ts'
import { type Bound, bind, type Kit, statement, variants } from './statement.ts'
import { versionOf } from './version.ts'

interface OfRun {
  id: string
}

/** Deletes a run with all it owns; `undefined` if it is not there or may not be deleted. */
export async function deleteRun(session: Session, { id }: OfRun): Promise<DeletedRun | undefined> {
  const [claimed, agents] = await session.write(deletingSteps({ runIds: [id], versions: undefined }))
  return deletedRuns(claimed, agents)[0]
}

export interface Doomed {
  runIds: readonly string[]
  /** What versions the runs must still be of; any, without. */
  versions: readonly string[] | undefined
}

/** The runs that were deleted, each with its agents. */
export function deletedRuns(
  claimed: readonly OfRun[],
  agents: readonly { readonly run_id: string; readonly agent_id: string }[],
): readonly DeletedRun[] {
  const agentIds = new Map(claimed.map(({ id }) => [id, [] as string[]]))
  for (const { run_id, agent_id } of agents) agentIds.get(run_id)!.push(agent_id)
  return claimed.map(({ id }) => ({ id, agentIds: agentIds.get(id)!.sort(compareText) }))
}

/**
 * Rows go before the run they belong to, bodies before the events that name them.
 *
 * The claim makes the last sequence of each run negative. Nobody else ever sees it so, because the run is gone before anything
 * is committed; and where all steps are sent before the claim is answered, the others happen to no run but those so marked.
 */
export const deletingSteps = (runs: Doomed) =>
  [
    claimOfDoomed(runs),
    ...vacatingSteps(runs),
    bind(deleteArchives, runs),
    bind(deleteRows, runs),
  ] as const satisfies Steps

/** A version is found in other tables. That no agent is out is not undone by anybody once a run has ended. */
const claimOfDoomed = (runs: Doomed) => {
  const ofVersion = runs.versions !== undefined
  return claim({ runIds: runs.runIds, looksBeyond: ofVersion }, claimDeletable({ ofVersion }), runs)
}

/** Takes all that claimed runs own out of the tables; the first step gives their agents. */
export const vacatingSteps = (runs: Doomed) =>
  [
    bind(deleteExecutions, runs),
    bind(deleteBodies, runs),
    bind(deleteArtifacts, runs),
    bind(deleteSyntheses, runs),
    bind(deleteSnapshots, runs),
    bind(deleteEvents, runs),
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

export const openStatuses = OPEN_STATUSES.map((status) => sql.lit(status))

const claimDeletable = variants(({ ofVersion }: { ofVersion: boolean }) =>
  statement<Doomed>()(({ db, dialect, arg }) =>
    db
      .updateTable('run')
      .set((eb) => ({ last_sequence: eb.neg(eb.ref('last_sequence')) }))
      .where(({ ref }) => dialect.anyOf(ref('run.id'), arg.list('runIds')))
      .where(mayLeave(dialect))
      .$if(ofVersion, (query) => query.where(dialect.anyOf(versionOf(db), arg.list('versions'))))
      .returning('id'),
  ),
)

/** Whether a run is not running, not pinned, and has no execution that has not ended. */
export const mayLeave =
  ({ flag }: SqlDialect) =>
  ({ and, eb, not, exists, selectFrom }: ExpressionBuilder<Schema, 'run'>) =>
    and([
      eb('run.status', '<>', sql.lit('running')),
      eb('run.pinned', '=', sql.lit(flag.encode(false))),
      not(
        exists(
          selectFrom('execution')
            .select('execution.agent_id')
            .whereRef('execution.run_id', '=', 'run.id')
            .where('execution.status', 'in', openStatuses),
        ),
      ),
    ])

/** The runs that are marked by the claim. */
export const claimed = ({ db, dialect, arg }: Kit<Doomed>) =>
  db
    .selectFrom('run')
    .select('run.id')
    .where(({ ref }) => dialect.anyOf(ref('run.id'), arg.list('runIds')))
    .where('run.last_sequence', '<', sql.lit(0))

const ofClaimed = (kit: Kit<Doomed>, runId: string) => kit.dialect.among(sql.ref(runId), claimed(kit))

const deleteExecutions = statement<Doomed>()((kit) =>
  kit.db.deleteFrom('execution').where(ofClaimed(kit, 'execution.run_id')).returning(['run_id', 'agent_id']),
)

const deleteBodies = statement<Doomed>()((kit) =>
  kit.db
    .deleteFrom('body')
    .where(
      kit.dialect.among(
        sql.ref('body.position'),
        kit.db.selectFrom('event').select('event.position').where(ofClaimed(kit, 'event.run_id')),
      ),
    ),
)

const deleteArtifacts = statement<Doomed>()((kit) =>
  kit.db.deleteFrom('artifact').where(ofClaimed(kit, 'artifact.run_id')),
)

const deleteSyntheses = statement<Doomed>()((kit) =>
  kit.db.deleteFrom('synthesis').where(ofClaimed(kit, 'synthesis.run_id')),
)

const deleteSnapshots = statement<Doomed>()((kit) =>
  kit.db.deleteFrom('snapshot').where(ofClaimed(kit, 'snapshot.run_id')),
)

const deleteEvents = statement<Doomed>()((kit) =>
  kit.db.deleteFrom('event').where(ofClaimed(kit, 'event.run_id')),
)

const deleteArchives = statement<Doomed>()((kit) =>
  kit.db.deleteFrom('archive').where(ofClaimed(kit, 'archive.run_id')),
)

const deleteRows = statement<Doomed>()((kit) => kit.db.deleteFrom('run').where(ofClaimed(kit, 'run.id')))
