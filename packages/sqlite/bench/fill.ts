import { hash } from 'node:crypto'
import { agentId, runId, stageOf, startedAt } from '@consensus-store/conformance/bench'
import { fold, sealed, type UnsealedEntry } from '@consensus-store/core'
import Database from 'better-sqlite3'

const RESPONSE = 'The plan holds: keep the two tables, add the index, and leave the rest to the next stage.'

/**
 * Fills an empty store's file with runs that each had one agent who answered, rows and log alike. Far faster than the
 * store could: indexes are made at the end, and nothing is safe until it is done.
 */
export function fill(path: string, runs: number): void {
  const database = new Database(path)
  database.pragma('journal_mode = off')
  database.pragma('synchronous = off')
  database.pragma('cache_size = -262144')
  const indexes = database
    .prepare<[], { name: string; sql: string }>(
      "select name, sql from sqlite_schema where type = 'index' and sql is not null",
    )
    .all()
  database.transaction(() => {
    for (const { name } of indexes) database.exec(`drop index ${name}`)
    insertRuns(database, runs)
    for (const { sql } of indexes) database.exec(sql)
  })()
  database.pragma('journal_mode = wal')
  database.close()
}

function insertRuns(database: Database.Database, runs: number): void {
  const run = database.prepare(`
    insert into run (id, spec_id, stage, branch, status, verdict, expected_agents, missing_agents, agreements,
      conflicts, labels, pinned, started_at, concluded_at, seal, last_sequence)
    values (?, ?, ?, 'main', 'concluded', 'unanimous', '["gemini"]', '[]', '[]', '[]', '{}', 0, ?, ?, ?, 4)`)
  const execution = database.prepare(`
    insert into execution (agent_id, run_id, spec_id, stage, branch, agent_name, phase_type, status, spawned_at,
      ended_at, response_bytes, response_digest, response_position)
    values (?, ?, ?, ?, 'main', 'gemini', 'regular-stage', 'completed', ?, ?, ?, ?, ?)`)
  const event = database.prepare(
    'insert into event (run_id, sequence, position, type, at, data) values (?, ?, ?, ?, ?, ?)',
  )
  const body = database.prepare('insert into body (position, text) values (?, ?)')
  const response = { bytes: Buffer.byteLength(RESPONSE), digest: hash('sha256', RESPONSE) }

  for (let i = 0; i < runs; i++) {
    const { specId, stage } = stageOf(i, runs)
    const id = runId(i)
    const agent = agentId(i)
    const at = startedAt(i)
    const happened = [
      ['run.started', { specId, stage, branch: 'main', expectedAgents: ['gemini'], labels: {} }],
      ['execution.spawned', { agentId: agent, agentName: 'gemini', phaseType: 'regular-stage' }],
      ['execution.completed', { agentId: agent, response }],
      ['run.concluded', { verdict: 'unanimous', missingAgents: [], agreements: [], conflicts: [] }],
    ] as const
    const log = sealed(
      happened.map(
        ([type, data], j) => ({ sequence: j + 1, at: new Date(at + j), type, data }) as UnsealedEntry,
      ),
    )
    run.run(id, specId, stage, at, at + 3, fold(id, log).run.seal)
    execution.run(agent, id, specId, stage, at + 1, at + 2, response.bytes, response.digest, i * 4 + 3)
    for (const { sequence, type, at, data } of log) {
      event.run(id, sequence, i * 4 + sequence, type, at.getTime(), JSON.stringify(data))
    }
    body.run(i * 4 + 3, RESPONSE)
  }
}
