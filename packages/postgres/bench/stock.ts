import { AGENTS_PER_RUN, type Stock, stock } from '@consensus-store/conformance/bench'
import { systemEnv } from '@consensus-store/core'
import type pg from 'pg'
import { transact } from './bare/transaction.ts'

/** Made at a time, so that most rounds find enough. */
const BATCH = 4_000

/** Running runs, each given four times, for agents to be spawned or to contribute. */
export const runningRuns = (pool: pg.Pool, batch = BATCH): Stock =>
  stock(async (count) => {
    const ids = newIds(Math.ceil(count / AGENTS_PER_RUN))
    await transact(pool, (client) => startRuns(client, ids, 1, systemEnv.now()))
    return ids.flatMap((id) => Array<string>(AGENTS_PER_RUN).fill(id))
  }, batch)

/** Agents that were spawned and have not ended, four in a run. */
export const spawnedAgents = (pool: pg.Pool, batch = BATCH): Stock =>
  stock(async (count) => {
    const runIds = newIds(Math.ceil(count / AGENTS_PER_RUN))
    const agentIds = newIds(runIds.length * AGENTS_PER_RUN)
    const at = systemEnv.now()
    await transact(pool, async (client) => {
      await startRuns(client, runIds, 1 + AGENTS_PER_RUN, at)
      await spawnAgents(client, runIds, agentIds, at)
    })
    return agentIds
  }, batch)

const newIds = (count: number) => Array.from({ length: count }, () => systemEnv.newId())

async function startRuns(client: pg.PoolClient, ids: readonly string[], lastSequence: number, at: Date) {
  await client.query(
    `insert into run (id, spec_id, stage, branch, status, expected_agents, missing_agents, agreements, conflicts, labels,
      pinned, started_at, last_sequence)
    select id, 'SPEC-1', 'plan', 'main', 'running', '[]', '[]', '[]', '[]', '{}', false, $2, $3
    from unnest($1::text[]) as id`,
    [ids, at, lastSequence],
  )
  const started = { specId: 'SPEC-1', stage: 'plan', branch: 'main', expectedAgents: [], labels: {} }
  await client.query(
    `insert into event (run_id, sequence, position, type, at, data)
    select id, 1, nextval('event_position'), 'run.started', $2, $3 from unnest($1::text[]) as id`,
    [ids, at, JSON.stringify(started)],
  )
}

async function spawnAgents(
  client: pg.PoolClient,
  runIds: readonly string[],
  agentIds: readonly string[],
  at: Date,
) {
  const owners = agentIds.map((_, i) => runIds[Math.floor(i / AGENTS_PER_RUN)]!)
  const sequences = agentIds.map((_, i) => (i % AGENTS_PER_RUN) + 2)
  await client.query(
    `insert into execution (agent_id, run_id, spec_id, stage, branch, agent_name, phase_type, status, spawned_at)
    select agent_id, run_id, 'SPEC-1', 'plan', 'main', 'gemini', 'regular-stage', 'spawned', $3
    from unnest($1::text[], $2::text[]) as agent (agent_id, run_id)`,
    [agentIds, owners, at],
  )
  await client.query(
    `insert into event (run_id, sequence, position, type, at, data)
    select run_id, sequence, nextval('event_position'), 'execution.spawned', $4,
      json_build_object('agentId', agent_id, 'agentName', 'gemini', 'phaseType', 'regular-stage')
    from unnest($1::text[], $2::text[], $3::int[]) as agent (agent_id, run_id, sequence)`,
    [agentIds, owners, sequences, at],
  )
}
