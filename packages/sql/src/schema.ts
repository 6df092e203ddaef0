import type { ExecutionStatus, PhaseType, RunStatus, Verdict } from '@consensus-store/core'
import type { Stored } from './dialect.ts'

/** The tables as queries see them. `migrations/` makes them. */
export interface Schema {
  run: RunTable
  execution: ExecutionTable
  artifact: ArtifactTable
  synthesis: SynthesisTable
  event: EventTable
  body: BodyTable
  store: StoreTable
  cursor: CursorTable
  snapshot: SnapshotTable
  archive: ArchiveTable
  chore: ChoreTable
}

type Instant = Stored<Date>
/** JSON as text: it keeps the order of keys, and escapes what a text column could not hold. */
type JsonText = string

export interface RunTable {
  id: string
  spec_id: string
  stage: string
  branch: string | null
  status: RunStatus
  verdict: Verdict | null
  expected_agents: JsonText
  missing_agents: JsonText
  agreements: JsonText
  conflicts: JsonText
  labels: JsonText
  pinned: Stored<boolean>
  started_at: Instant
  concluded_at: Instant | null
  /** When the run left the other tables for `archive`. */
  archived_at: Instant | null
  /** Digest over the log up to the run's conclusion. */
  seal: string | null
  /** Sequence of the run's last event. Every write to a run changes it first, so writes to one run queue up. */
  last_sequence: number
}

/** Small rows found by agent id: they are also the routes. */
export interface ExecutionTable {
  agent_id: string
  run_id: string
  spec_id: string
  stage: string
  branch: string | null
  agent_name: string
  phase_type: PhaseType
  model_version: string | null
  status: ExecutionStatus
  spawned_at: Instant
  started_at: Instant | null
  ended_at: Instant | null
  response_bytes: number | null
  response_digest: string | null
  /** The response's `body.position`. */
  response_position: number | null
  failure: JsonText | null
}

export interface ArtifactTable {
  id: string
  run_id: string
  spec_id: string
  stage: string
  branch: string | null
  agent_name: string
  model_version: string | null
  created_at: Instant
  content_bytes: number
  content_digest: string
  /** The content's `body.position`. */
  content_position: number
  metadata_digest: string
  metadata: JsonText
}

export interface SynthesisTable {
  id: string
  run_id: string
  spec_id: string
  stage: string
  branch: string | null
  verdict: Verdict
  agreements: JsonText
  conflicts: JsonText
  output_path: string | null
  created_at: Instant
  markdown_bytes: number
  markdown_digest: string
  /** The markdown's `body.position`. */
  markdown_position: number
  metadata_digest: string
  metadata: JsonText
}

export interface EventTable {
  run_id: string
  sequence: number
  position: number
  type: string
  at: Instant
  data: JsonText
}

/** Large texts, outside the rows that are listed; each is named by the position of the event that brought it. */
export interface BodyTable {
  position: number
  text: Stored<string>
}

/** How far those are who follow the log. */
export interface CursorTable {
  name: string
  position: number
  saved_at: Instant
}

/** One row, which says which store this is. */
export interface StoreTable {
  identity: string
}

/** What logs came to up to some of their events. Derived: every row may go at any time. */
export interface SnapshotTable {
  run_id: string
  sequence: number
  /** Of the event at that sequence: without it there, the row is of another run of that id and counts for nothing. */
  position: number
  /** The latest instant of any event up to that one. */
  latest_at: Instant
  /** Of the form of `state`. */
  version: number
  digest: string
  state: Stored<string>
}

/** Runs that left the other tables but `run`. */
export interface ArchiveTable {
  run_id: string
  archived_at: Instant
  /** From when the age of the run counts: an abandoned one has no other row that says so. */
  ended_at: Instant
  bundle_bytes: number
  bytes: number
  checksum: string
  bundle: Uint8Array
}

/** What keeps the store well: who is or was at it, until when unless it was finished, and what came of it last. */
export interface ChoreTable {
  name: string
  holder: string
  held_until: Instant | null
  outcome: JsonText | null
}
