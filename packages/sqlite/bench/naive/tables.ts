import type { Database } from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'

/** The tables, typed as SQLite holds them. */
export interface Tables {
  run: {
    id: string
    spec_id: string
    stage: string
    branch: string | null
    status: string
    verdict: string | null
    last_sequence: number
    pinned: number
    started_at: number
    concluded_at: number | null
    seal: string | null
    expected_agents: string
    missing_agents: string
    labels: string
    agreements: string
    conflicts: string
  }
  execution: {
    agent_id: string
    run_id: string
    spec_id: string
    stage: string
    branch: string | null
    agent_name: string
    phase_type: string
    model_version: string | null
    status: string
    spawned_at: number
    started_at: number | null
    ended_at: number | null
    response_bytes: number | null
    response_digest: string | null
    response_position: number | null
    failure: string | null
  }
  artifact: {
    id: string
    run_id: string
    spec_id: string
    stage: string
    branch: string | null
    agent_name: string
    model_version: string | null
    created_at: number
    content_bytes: number
    content_digest: string
    content_position: number
    metadata_digest: string
    metadata: string
  }
  synthesis: {
    id: string
    run_id: string
    spec_id: string
    stage: string
    branch: string | null
    verdict: string
    agreements: string
    conflicts: string
    output_path: string | null
    created_at: number
    markdown_bytes: number
    markdown_digest: string
    markdown_position: number
    metadata_digest: string
    metadata: string
  }
  event: { run_id: string; sequence: number; position: number; type: string; at: number; data: string }
  body: { position: number; text: string }
}

/** Kysely as its documentation sets it up: its own driver, every query built and prepared when it is called. */
export const naiveKysely = (database: Database): Kysely<Tables> =>
  new Kysely<Tables>({ dialect: new SqliteDialect({ database }) })
