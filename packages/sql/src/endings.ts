import { type EndingDraft, type Execution, type ExecutionStatus, OPEN_STATUSES } from '@consensus-store/core'
import { sql } from 'kysely'
import { insertBodyForAgent } from './bodies.ts'
import { claim, type Steps } from './claim.ts'
import { appendForAgent } from './events.ts'
import { executionFromRow } from './execution-rows.ts'
import { bind, statement } from './statement.ts'

/** Ends an execution that is still open; the last step gives it as it is then. */
export function endingSteps(ending: EndingDraft): Steps {
  const { agentId, status, failure, response, draft, body } = ending
  const row = {
    agentId,
    status,
    endedAt: draft.at,
    failure,
    responseBytes: response?.bytes,
    responseDigest: response?.digest,
  }
  return [
    claim({ agentId }, claimOpen, { agentId }),
    appendForAgent(agentId, draft),
    ...(body ? [bind(insertBodyForAgent, { agentId, text: body.text })] : []),
    bind(body ? endWithResponse : endWithoutResponse, row),
  ]
}

const claimOpen = statement<{ agentId: string }>()(({ db, arg }) =>
  db
    .updateTable('run')
    .set((eb) => ({ last_sequence: eb('last_sequence', '+', 1) }))
    .where('id', '=', (eb) =>
      eb
        .selectFrom('execution')
        .select('run_id')
        .where('agent_id', '=', arg.text('agentId'))
        .where(
          'status',
          'in',
          OPEN_STATUSES.map((status) => sql.lit(status)),
        ),
    )
    .returning('id'),
)

interface EndingRow {
  agentId: string
  status: ExecutionStatus
  endedAt: Date
  failure: Execution['failure']
  responseBytes: number | undefined
  responseDigest: string | undefined
}

const endWithResponse = statement<EndingRow>()(
  ({ db, dialect, arg }) =>
    db
      .updateTable('execution')
      .set({
        status: arg.text('status'),
        ended_at: arg.instant('endedAt'),
        failure: arg.json('failure'),
        response_bytes: arg.number('responseBytes'),
        response_digest: arg.text('responseDigest'),
        response_position: dialect.position.current,
      })
      .where('agent_id', '=', arg.text('agentId'))
      .where((eb) => dialect.appendedTo(eb.ref('execution.run_id')))
      .returningAll(),
  executionFromRow,
)

const endWithoutResponse = statement<EndingRow>()(
  ({ db, dialect, arg }) =>
    db
      .updateTable('execution')
      .set({
        status: arg.text('status'),
        ended_at: arg.instant('endedAt'),
        failure: arg.json('failure'),
      })
      .where('agent_id', '=', arg.text('agentId'))
      .where((eb) => dialect.appendedTo(eb.ref('execution.run_id')))
      .returningAll(),
  executionFromRow,
)
