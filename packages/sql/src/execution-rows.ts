import type { Execution } from '@consensus-store/core'
import type { Selectable } from 'kysely'
import { bodyOf } from './bodies.ts'
import type { SqlDialect, Stored } from './dialect.ts'
import type { ExecutionTable } from './schema.ts'
import { statement } from './statement.ts'

export function executionFromRow(row: Selectable<ExecutionTable>, { instant }: SqlDialect): Execution {
  return {
    agentId: row.agent_id,
    runId: row.run_id,
    specId: row.spec_id,
    stage: row.stage,
    branch: row.branch ?? undefined,
    agentName: row.agent_name,
    phaseType: row.phase_type,
    modelVersion: row.model_version ?? undefined,
    status: row.status,
    spawnedAt: instant.decode(row.spawned_at),
    startedAt: row.started_at === null ? undefined : instant.decode(row.started_at),
    endedAt: row.ended_at === null ? undefined : instant.decode(row.ended_at),
    failure: row.failure === null ? undefined : JSON.parse(row.failure),
    responseBytes: row.response_bytes ?? undefined,
    responseDigest: row.response_digest ?? undefined,
  }
}

/** The response of an execution that has one. */
export const responseOf = (
  row: Pick<Selectable<ExecutionTable>, 'agent_id' | 'response_digest'> & {
    readonly text: Stored<string> | null
  },
  dialect: SqlDialect,
): string | undefined =>
  row.response_digest === null ? undefined : bodyOf(row.text, `response of agent ${row.agent_id}`, dialect)

export const getExecution = statement<{ agentId: string }>()(
  ({ db, arg }) => db.selectFrom('execution').selectAll().where('agent_id', '=', arg.text('agentId')),
  executionFromRow,
)

export const getResponse = statement<{ agentId: string }>()(
  ({ db, arg }) =>
    db
      .selectFrom('execution')
      .leftJoin('body', 'body.position', 'execution.response_position')
      .select(['execution.agent_id', 'execution.response_digest', 'body.text'])
      .where('execution.agent_id', '=', arg.text('agentId')),
  responseOf,
)
