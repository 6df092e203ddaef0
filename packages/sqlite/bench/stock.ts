import { AGENTS_PER_RUN, type Stock, stock } from '@consensus-store/conformance/bench'
import { systemEnv } from '@consensus-store/core'
import { sqliteStore } from '@consensus-store/sqlite'
import type { Database } from 'better-sqlite3'
import { connectToWrite } from './connect.ts'

/** Running runs, each given four times, for agents to be spawned or to contribute. */
export const runningRuns = (path: string): Stock => stock((count) => startRuns(path, count))

/** Agents that were spawned and have not ended, four in a run. */
export const spawnedAgents = (path: string): Stock => stock((count) => spawnAgents(path, count))

/** Runs whose logs have so many events: agents that were spawned, started and answered. */
export async function longRuns(path: string, events: number, count = 50): Promise<readonly string[]> {
  await using store = await sqliteStore({ path })
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const { id } = await store.runs.start({ specId: 'SPEC-1', stage: 'plan' })
      for (let sequence = 1; sequence + 3 <= events; sequence += 3) {
        const { agentId } = await store.executions.spawn({
          runId: id,
          agentName: 'gemini',
          phaseType: 'regular-stage',
        })
        await store.executions.start(agentId)
        await store.executions.complete(agentId, { response: 'Two tables are enough.' })
      }
      return id
    }),
  )
}

function startRuns(path: string, count: number): string[] {
  const database = connectToWrite(path, 'normal')
  const insert = runInserter(database)
  const runs = database.transaction(() =>
    Array.from({ length: Math.ceil(count / AGENTS_PER_RUN) }, () => insert(1)),
  )()
  database.close()
  return runs.flatMap((id) => Array<string>(AGENTS_PER_RUN).fill(id))
}

function spawnAgents(path: string, count: number): string[] {
  const database = connectToWrite(path, 'normal')
  const insertRun = runInserter(database)
  const insertExecution = database.prepare(`
    insert into execution (agent_id, run_id, spec_id, stage, branch, agent_name, phase_type, status, spawned_at)
    values (?, ?, 'SPEC-1', 'plan', 'main', 'gemini', 'regular-stage', 'spawned', ?)`)
  const insertEvent = eventInserter(database)
  const agents = database.transaction(() =>
    Array.from({ length: Math.ceil(count / AGENTS_PER_RUN) }, () => {
      const runId = insertRun(1 + AGENTS_PER_RUN)
      return Array.from({ length: AGENTS_PER_RUN }, (_, i) => {
        const agentId = systemEnv.newId()
        const data = { agentId, agentName: 'gemini', phaseType: 'regular-stage' }
        const at = Date.now()
        insertExecution.run(agentId, runId, at)
        insertEvent.run(runId, i + 2, 'execution.spawned', at, JSON.stringify(data))
        return agentId
      })
    }),
  )()
  database.close()
  return agents.flat()
}

function runInserter(database: Database): (lastSequence: number) => string {
  const insertRun = database.prepare(`
    insert into run (id, spec_id, stage, branch, status, expected_agents, missing_agents, agreements, conflicts,
      labels, pinned, started_at, last_sequence)
    values (?, 'SPEC-1', 'plan', 'main', 'running', '[]', '[]', '[]', '[]', '{}', 0, ?, ?)`)
  const insertEvent = eventInserter(database)
  const started = { specId: 'SPEC-1', stage: 'plan', branch: 'main', expectedAgents: [], labels: {} }
  return (lastSequence) => {
    const id = systemEnv.newId()
    const at = Date.now()
    insertRun.run(id, at, lastSequence)
    insertEvent.run(id, 1, 'run.started', at, JSON.stringify(started))
    return id
  }
}

const eventInserter = (database: Database) =>
  database.prepare(`
    insert into event (run_id, sequence, position, type, at, data)
    values (?, ?, (select coalesce(max(position), 0) + 1 from event), ?, ?, ?)`)
