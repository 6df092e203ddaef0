import type { Run } from '@consensus-store/core'
import type { Database } from 'better-sqlite3'

interface RunRow {
  readonly id: string
  readonly spec_id: string
  readonly stage: string
  readonly branch: string | null
  readonly status: Run['status']
  readonly verdict: Run['verdict'] | null
  readonly last_sequence: number
  readonly pinned: number
  readonly started_at: number
  readonly concluded_at: number | null
  readonly archived_at: number | null
  readonly seal: string | null
  readonly expected_agents: string
  readonly missing_agents: string
  readonly labels: string
  readonly agreements: string
  readonly conflicts: string
}

export function bareRuns(database: Database) {
  const latest = database.prepare<[string, string], RunRow>(
    'select * from run where spec_id = ? and stage = ? order by started_at desc, id desc limit 1',
  )
  const list = database.prepare<[number], RunRow>(
    'select * from run order by started_at desc, id desc limit ?',
  )

  return {
    latest(specId: string, stage: string): Run | undefined {
      const row = latest.get(specId, stage)
      return row && fromRow(row)
    },
    /** The first page, and whether there is another. */
    list(limit: number) {
      const rows = list.all(limit + 1)
      return { items: rows.slice(0, limit).map(fromRow), more: rows.length > limit }
    },
  }
}

const fromRow = (row: RunRow): Run => ({
  id: row.id,
  specId: row.spec_id,
  stage: row.stage,
  branch: row.branch ?? undefined,
  status: row.status,
  expectedAgents: JSON.parse(row.expected_agents),
  missingAgents: JSON.parse(row.missing_agents),
  agreements: JSON.parse(row.agreements),
  conflicts: JSON.parse(row.conflicts),
  verdict: row.verdict ?? undefined,
  labels: JSON.parse(row.labels),
  pinned: row.pinned === 1,
  startedAt: new Date(row.started_at),
  concludedAt: row.concluded_at === null ? undefined : new Date(row.concluded_at),
  archivedAt: row.archived_at === null ? undefined : new Date(row.archived_at),
  seal: row.seal ?? undefined,
  lastSequence: row.last_sequence,
})
