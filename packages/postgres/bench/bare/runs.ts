import type { Run, StageQuery } from '@consensus-store/core'
import type pg from 'pg'
import { statement } from './statement.ts'

type Json = 'expectedAgents' | 'missingAgents' | 'agreements' | 'conflicts' | 'labels'

type RunRow = Omit<Run, Json | 'branch' | 'verdict' | 'concludedAt' | 'archivedAt' | 'seal'> &
  Readonly<Record<Json, string>> & {
    readonly branch: string | null
    readonly verdict: Run['verdict'] | null
    readonly concludedAt: Date | null
    readonly archivedAt: Date | null
    readonly seal: string | null
  }

const columns = `id, spec_id as "specId", stage, branch, status, verdict, expected_agents as "expectedAgents",
  missing_agents as "missingAgents", agreements, conflicts, labels, pinned, started_at as "startedAt",
  concluded_at as "concludedAt", archived_at as "archivedAt", seal, last_sequence as "lastSequence"`

const selectOne = statement('run', `select ${columns} from run where id = $1`)

const selectLatest = statement(
  'latest_run',
  `select ${columns} from run where spec_id = $1 and stage = $2 order by started_at desc, id desc limit 1`,
)

const selectPage = statement(
  'list_runs',
  `select ${columns} from run order by started_at desc, id desc limit $1`,
)

export const bareRuns = (pool: pg.Pool) => ({
  async latest({ specId, stage }: StageQuery): Promise<Run | undefined> {
    const { rows } = await pool.query<RunRow>(selectLatest(specId, stage))
    return rows.map(fromRow)[0]
  },
  /** The first page, and whether there is another. */
  async list(limit: number) {
    const { rows } = await pool.query<RunRow>(selectPage(limit + 1))
    return { items: rows.slice(0, limit).map(fromRow), more: rows.length > limit }
  },
})

/** Reads a run within a transaction. */
export async function getRun(client: pg.PoolClient, id: string): Promise<Run | undefined> {
  const { rows } = await client.query<RunRow>(selectOne(id))
  return rows.map(fromRow)[0]
}

const fromRow = (row: RunRow): Run => ({
  ...row,
  branch: row.branch ?? undefined,
  verdict: row.verdict ?? undefined,
  concludedAt: row.concludedAt ?? undefined,
  archivedAt: row.archivedAt ?? undefined,
  seal: row.seal ?? undefined,
  expectedAgents: JSON.parse(row.expectedAgents),
  missingAgents: JSON.parse(row.missingAgents),
  agreements: JSON.parse(row.agreements),
  conflicts: JSON.parse(row.conflicts),
  labels: JSON.parse(row.labels),
})
