import { bodyOf } from '@consensus-store/conformance/bench'
import { type Execution, type NewExecution, systemEnv } from '@consensus-store/core'
import type { Database } from 'better-sqlite3'

interface ExecutionRow extends Omit<Execution, 'spawnedAt' | 'startedAt' | 'endedAt' | 'failure'> {
  readonly spawnedAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly failure: string | null
}

interface ClaimedRun {
  readonly specId: string
  readonly stage: string
  readonly branch: string | null
  readonly sequence: number
}

export function bareExecutions(database: Database) {
  const claimForAgent = database.prepare<[string, string], ClaimedRun>(`
    update run set last_sequence = last_sequence + 1
    where id = ? and status = 'running' and not exists (select 1 from execution where agent_id = ?)
    returning spec_id as specId, stage, branch, last_sequence as sequence`)
  const insertExecution = database.prepare(`
    insert into execution (agent_id, run_id, spec_id, stage, branch, agent_name, phase_type, model_version, status,
      spawned_at)
    values (?, ?, ?, ?, ?, ?, ?, ?, 'spawned', ?)`)
  const claimOfAgent = database.prepare<[string], { runId: string; sequence: number }>(`
    update run set last_sequence = last_sequence + 1
    where id = (select run_id from execution where agent_id = ? and status in ('spawned', 'running'))
    returning id as runId, last_sequence as sequence`)
  const insertEvent = database
    .prepare<[string, number, string, number, string], number>(`
      insert into event (run_id, sequence, position, type, at, data)
      values (?, ?, (select coalesce(max(position), 0) + 1 from event), ?, ?, ?)
      returning position`)
    .pluck()
  const insertBody = database.prepare('insert into body (position, text) values (?, ?)')
  const complete = database.prepare<[number, number, string, number, string], ExecutionRow>(`
    update execution
    set status = 'completed', ended_at = ?, response_bytes = ?, response_digest = ?, response_position = ?
    where agent_id = ?
    returning agent_id as agentId, run_id as runId, spec_id as specId, stage, branch, agent_name as agentName,
      phase_type as phaseType, model_version as modelVersion, status, spawned_at as spawnedAt,
      started_at as startedAt, ended_at as endedAt, failure, response_bytes as responseBytes,
      response_digest as responseDigest`)

  const spawnInTransaction = database.transaction(
    ({ runId, agentName, phaseType, modelVersion }: NewExecution): Execution => {
      const agentId = systemEnv.newId()
      const at = Date.now()
      const run = claimForAgent.get(runId, agentId)
      if (!run) throw new Error(`${agentId} cannot be spawned`)
      const { specId, stage, branch, sequence } = run
      insertExecution.run(
        agentId,
        runId,
        specId,
        stage,
        branch,
        agentName,
        phaseType,
        modelVersion ?? null,
        at,
      )
      const data = { agentId, agentName, phaseType, ...(modelVersion !== undefined && { modelVersion }) }
      insertEvent.run(runId, sequence, 'execution.spawned', at, JSON.stringify(data))
      return {
        agentId,
        runId,
        specId,
        stage,
        branch: branch ?? undefined,
        agentName,
        phaseType,
        modelVersion,
        status: 'spawned',
        spawnedAt: new Date(at),
        startedAt: undefined,
        endedAt: undefined,
        failure: undefined,
        responseBytes: undefined,
        responseDigest: undefined,
      }
    },
  ).immediate

  const completeInTransaction = database.transaction((agentId: string, response: string): Execution => {
    const { bytes, digest } = bodyOf(response)
    const at = Date.now()
    const run = claimOfAgent.get(agentId)
    if (!run) throw new Error(`${agentId} cannot be completed`)
    const data = JSON.stringify({ agentId, response: { bytes, digest } })
    const position = insertEvent.get(run.runId, run.sequence, 'execution.completed', at, data)!
    insertBody.run(position, response)
    const row = complete.get(at, bytes, digest, position, agentId)!
    return {
      ...row,
      branch: row.branch ?? undefined,
      modelVersion: row.modelVersion ?? undefined,
      spawnedAt: new Date(row.spawnedAt),
      startedAt: row.startedAt === null ? undefined : new Date(row.startedAt),
      endedAt: row.endedAt === null ? undefined : new Date(row.endedAt),
      failure: row.failure === null ? undefined : JSON.parse(row.failure),
    }
  }).immediate

  return { spawn: spawnInTransaction, complete: completeInTransaction }
}
