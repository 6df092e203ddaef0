import { bodyOf, refOf } from '@consensus-store/conformance/bench'
import { type Execution, type NewExecution, spawnedExecution, systemEnv } from '@consensus-store/core'
import type pg from 'pg'
import { append } from './events.ts'
import { statement } from './statement.ts'
import { transact } from './transaction.ts'

interface ClaimedRun {
  readonly specId: string
  readonly stage: string
  readonly branch: string | null
  readonly sequence: number
}

type Nullable = 'branch' | 'modelVersion' | 'startedAt' | 'endedAt' | 'responseBytes' | 'responseDigest'

type ExecutionRow = Omit<Execution, Nullable | 'failure'> & {
  readonly [Name in Nullable]: NonNullable<Execution[Name]> | null
} & { readonly failure: string | null }

const claimForAgent = statement(
  'claim_for_agent',
  `update run set last_sequence = last_sequence + 1
  where id = $1 and status = 'running' and not exists (select from execution where agent_id = $2)
  returning spec_id as "specId", stage, branch, last_sequence as sequence`,
)

const insert = statement(
  'insert_execution',
  `insert into execution (agent_id, run_id, spec_id, stage, branch, agent_name, phase_type, model_version, status,
    spawned_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, 'spawned', $9)`,
)

const claimOfAgent = statement(
  'claim_of_agent',
  `update run set last_sequence = last_sequence + 1
  where id = (select run_id from execution where agent_id = $1 and status in ('spawned', 'running'))
  returning id as "runId", last_sequence as sequence`,
)

const insertBody = statement('insert_body', 'insert into body (position, text) values ($1, $2)')

/** Looks at the status again: another one may have completed the agent while this one waited for its run. */
const update = statement(
  'complete_execution',
  `update execution
  set status = 'completed', ended_at = $1, response_bytes = $2, response_digest = $3, response_position = $4
  where agent_id = $5 and status in ('spawned', 'running')
  returning agent_id as "agentId", run_id as "runId", spec_id as "specId", stage, branch, agent_name as "agentName",
    phase_type as "phaseType", model_version as "modelVersion", status, spawned_at as "spawnedAt",
    started_at as "startedAt", ended_at as "endedAt", failure, response_bytes as "responseBytes",
    response_digest as "responseDigest"`,
)

export const bareExecutions = (pool: pg.Pool) => ({
  spawn: (execution: NewExecution) => transact(pool, (client) => spawn(client, execution)),
  complete: (agentId: string, response: string) =>
    transact(pool, (client) => complete(client, agentId, response)),
})

/** Spawns within a transaction. */
export async function spawn(
  client: pg.PoolClient,
  { runId, agentName, phaseType, modelVersion }: NewExecution,
): Promise<Execution> {
  const agentId = systemEnv.newId()
  const at = systemEnv.now()
  const claimed = await client.query<ClaimedRun>(claimForAgent(runId, agentId))
  const [run] = claimed.rows
  if (!run) throw new Error(`${agentId} cannot be spawned`)
  const { specId, stage, branch, sequence } = run
  const spawned = { agentId, agentName, phaseType, ...(modelVersion !== undefined && { modelVersion }) }
  await append(client, runId, sequence, { type: 'execution.spawned', at, data: spawned })
  await client.query(
    insert(agentId, runId, specId, stage, branch, agentName, phaseType, modelVersion ?? null, at),
  )
  return spawnedExecution({ id: runId, specId, stage, branch: branch ?? undefined }, at, spawned)
}

async function complete(client: pg.PoolClient, agentId: string, response: string): Promise<Execution> {
  const at = systemEnv.now()
  const body = bodyOf(response)
  const claimed = await client.query<{ runId: string; sequence: number }>(claimOfAgent(agentId))
  const [run] = claimed.rows
  if (!run) throw new Error(`${agentId} cannot be completed`)
  const data = { agentId, response: refOf(body) }
  const event = { type: 'execution.completed', at, data }
  const position = await append(client, run.runId, run.sequence, event)
  await client.query(insertBody(position, response))
  const { rows } = await client.query<ExecutionRow>(update(at, body.bytes, body.digest, position, agentId))
  const [row] = rows
  if (!row) throw new Error(`${agentId} cannot be completed`)
  return {
    ...row,
    branch: row.branch ?? undefined,
    modelVersion: row.modelVersion ?? undefined,
    startedAt: row.startedAt ?? undefined,
    endedAt: row.endedAt ?? undefined,
    failure: row.failure === null ? undefined : JSON.parse(row.failure),
    responseBytes: row.responseBytes ?? undefined,
    responseDigest: row.responseDigest ?? undefined,
  }
}
