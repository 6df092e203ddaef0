import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { ImportReport } from '../src/import/tally.ts'
import type { aWorld, WorldOptions } from './world.ts'

type World = ReturnType<typeof aWorld>

/** Writes files under a folder: objects as JSON, texts as they are. */
export function writeFiles(folder: string, files: Readonly<Record<string, unknown>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  }
}

export interface Answer {
  readonly agent: string
  readonly at: string
  readonly content?: unknown
  readonly spec?: string
  readonly stage?: string
  readonly run?: string | null
}

/** An answer in the first schema, at a time of 2025-11-03. */
export const answer = (agent: string, time: string, content: unknown = `${agent} at ${time}`): Answer => ({
  agent,
  at: `2025-11-03 ${time}`,
  content,
})

export interface OriginalRows {
  readonly artifacts?: readonly Answer[]
  readonly syntheses?: readonly Readonly<Record<string, unknown>>[]
  readonly executions?: readonly Readonly<Record<string, unknown>>[]
}

/** A database of the first schema. */
export function writeOriginal(
  path: string,
  { artifacts = [], syntheses = [], executions = [] }: OriginalRows,
) {
  const db = new Sqlite(path)
  db.exec(`
    create table if not exists consensus_artifacts (
      id integer primary key autoincrement, spec_id text, stage text, agent_name text, content_json text,
      response_text text, run_id text, created_at timestamp default current_timestamp);
    create table if not exists consensus_synthesis (
      id integer primary key autoincrement, spec_id text, stage text, output_markdown text, output_path text,
      status text, artifacts_count integer, agreements text, conflicts text, degraded boolean default 0,
      run_id text, created_at timestamp default current_timestamp);
    create table if not exists agent_executions (
      agent_id text primary key, spec_id text, stage text, phase_type text, agent_name text, spawned_at text,
      completed_at text, response_text text, run_id text, extraction_error text)`)
  const rows = artifacts.map(({ agent, at, content = '', spec = 's', stage = 'spec-plan', run = null }) => ({
    spec_id: spec,
    stage,
    agent_name: agent,
    content_json:
      typeof content === 'object' && !(content instanceof Uint8Array) ? JSON.stringify(content) : content,
    run_id: run,
    created_at: at,
  }))
  insertAll(db, 'consensus_artifacts', rows)
  const defaults = { spec_id: 's', stage: 'spec-plan', output_markdown: '# Plan', status: 'ok' }
  insertAll(
    db,
    'consensus_synthesis',
    syntheses.map((row) => ({ ...defaults, ...row })),
  )
  const turn = { spec_id: 's', stage: 'plan', phase_type: 'quality_gate', agent_name: 'claude' }
  insertAll(
    db,
    'agent_executions',
    executions.map((row) => ({ ...turn, spawned_at: '2025-11-03 10:00:00', ...row })),
  )
  db.close()
}

/** A database of the second schema, as its code wrote it: a run row for each answer and each synthesis. */
export function writeNormalized(
  path: string,
  answers: readonly Answer[],
  syntheses: readonly { readonly at: string; readonly json: unknown; readonly degraded?: number }[] = [],
) {
  const db = new Sqlite(path)
  db.exec(`
    create table consensus_runs (
      id integer primary key autoincrement, spec_id text not null, stage text not null,
      run_timestamp integer not null, consensus_ok boolean not null, degraded boolean default 0,
      synthesis_json text, unique (spec_id, stage, run_timestamp));
    create table agent_outputs (
      id integer primary key autoincrement, run_id integer not null, agent_name text not null, model_version text,
      content text not null, output_timestamp integer not null);
    create table if not exists agent_executions (
      agent_id text primary key, spec_id text, stage text, phase_type text, agent_name text, spawned_at text,
      completed_at text, response_text text, run_id text, extraction_error text, branch_id text)`)
  db.pragma('user_version = 2')
  const taken = new Set<string>()
  for (const { agent, at, content = '', spec = 's', stage = 'spec-plan' } of answers) {
    let ms = Date.parse(`${at}Z`)
    while (taken.has(`${spec} ${stage} ${ms}`)) ms += 1
    taken.add(`${spec} ${stage} ${ms}`)
    const run = { spec_id: spec, stage, run_timestamp: ms, consensus_ok: 1 }
    const run_id = insert(db, 'consensus_runs', run)
    const text = typeof content === 'object' ? JSON.stringify(content) : content
    insert(db, 'agent_outputs', { run_id, agent_name: agent, content: text, output_timestamp: ms })
  }
  for (const { at, json, degraded = 0 } of syntheses) {
    const run_timestamp = Date.parse(`${at}Z`)
    const synthesis_json = typeof json === 'string' ? json : JSON.stringify(json)
    const run = { spec_id: 's', stage: 'spec-plan', run_timestamp, consensus_ok: 1, degraded, synthesis_json }
    insert(db, 'consensus_runs', run)
  }
  db.close()
}

/** A database of the schema proposed in between. */
export function writePrd(
  path: string,
  rows: {
    readonly runs: readonly Readonly<Record<string, unknown>>[]
    readonly artifacts?: readonly Readonly<Record<string, unknown>>[]
    readonly syntheses?: readonly Readonly<Record<string, unknown>>[]
  },
) {
  const db = new Sqlite(path)
  db.exec(`
    create table consensus_runs (
      run_id text primary key, spec_id text not null, stage text not null, timestamp integer not null,
      consensus_ok boolean, degraded boolean, missing_agents text, conflicts text);
    create table agent_artifacts (
      artifact_id text primary key, run_id text not null, agent text not null, content text not null,
      metadata text, created_at integer);
    create table synthesis_results (
      synthesis_id text primary key, run_id text not null, synthesized_content text not null,
      consensus_verdict text, metadata text, created_at integer)`)
  const run = { spec_id: 's', stage: 'spec-plan', timestamp: 1_762_164_000, consensus_ok: 1, degraded: 0 }
  insertAll(
    db,
    'consensus_runs',
    rows.runs.map((row) => ({ ...run, ...row })),
  )
  insertAll(db, 'agent_artifacts', rows.artifacts ?? [])
  insertAll(db, 'synthesis_results', rows.syntheses ?? [])
  db.close()
}

export function insertAll(
  db: Sqlite.Database,
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): void {
  db.transaction(() => {
    for (const row of rows) insert(db, table, row)
  })()
}

function insert(db: Sqlite.Database, table: string, row: Readonly<Record<string, unknown>>) {
  const columns = Object.keys(row)
  const sql = `insert into ${table} (${columns}) values (${columns.map((column) => `@${column}`)})`
  return db.prepare(sql).run(row).lastInsertRowid
}

/** Imports into the world's default store, and gives what `--json` printed. */
export async function importInto(world: World, argv: readonly string[], options: WorldOptions = {}) {
  const { code, stdout, stderr } = await world.run(['import', ...argv, '--json'], options)
  return { code, stderr, report: stdout === '' ? undefined : (JSON.parse(stdout) as ImportReport) }
}

export const nothing = { read: 0, stored: 0, present: 0, refused: 0 }

/** A count of which all was stored, or all was there. */
export const stored = (read: number) => ({ ...nothing, read, stored: read })
export const present = (read: number) => ({ ...nothing, read, present: read })
export const refused = (read: number) => ({ ...nothing, read, refused: read })
