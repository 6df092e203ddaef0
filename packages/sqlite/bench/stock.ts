import { systemEnv } from '@consensus-store/core'
import { sqliteStore } from '@consensus-store/sqlite'
import type { Database } from 'better-sqlite3'
import { connectToWrite } from './connect.ts'

/** What one run is used for, as a rule: that many agents are spawned into it, or add an artifact. */
const AGENTS_PER_RUN = 4
/** Made at a time, so that most rounds find enough. */
const BATCH = 20_000

export interface Stock {
  take(): string
  /** Makes sure that so many can be taken. */
  restock(count: number): void
}

/** Running runs, each given four times, for agents to be spawned or to contribute. */
export const runningRuns = (path: string): Stock => stock((count) => startRuns(path, count))

/** Agents that were spawned and have not ended, four in a run. */
export const spawnedAgents = (path: string): Stock => stock((count) => spawnAgents(path, count))

function stock(make: (count: number) => string[]): Stock {
  let items: string[] = []
  let next = 0
  return {
    take: () => items[next++]!,
    restock(count) {
      if (items.length - next >= count) return
      items = [...items.slice(next), ...make(Math.max(count, BATCH))]
      next = 0
    },
  }
}

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
        insertExecution.run(agentId, runId, Date.now())
        insertEvent.run(runId, i + 2, 'execution.spawned', Date.now(), JSON.stringify(data))
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
    insertRun.run(id, Date.now(), lastSequence)
    insertEvent.run(id, 1, 'run.started', Date.now(), JSON.stringify(started))
    return id
  }
}

const eventInserter = (database: Database) =>
  database.prepare(`
    insert into event (run_id, sequence, position, type, at, data)
    values (?, ?, (select coalesce(max(position), 0) + 1 from event), ?, ?, ?)`)
