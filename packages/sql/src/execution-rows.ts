import type { Execution } from '@consensus-store/core'
import type { Selectable } from 'kysely'
import type { SqlDialect } from './dialect.ts'
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

export const getExecution = statement<{ agentId: string }>()(
  ({ db, arg }) => db.selectFrom('execution').selectAll().where('agent_id', '=', arg.text('agentId')),
  executionFromRow,
)

export const getResponse = statement<{ agentId: string }>()(
  ({ db, arg }) =>
    db
      .selectFrom('execution')
      .innerJoin('body', 'body.position', 'execution.response_position')
      .select('body.text')
      .where('execution.agent_id', '=', arg.text('agentId')),
  ({ text }, { body }) => body.decode(text),
)
