import { invalid } from '@consensus-store/core'
import { artifactUnit } from './artifact.ts'
import type { LegacySchema } from './legacy.ts'
import { bytes, type LegacyRow, legacyRows, type RowPlace } from './legacy-row.ts'
import { verdictOf } from './naming.ts'
import { unitOrRefusal } from './refusal.ts'
import { synthesisUnit } from './synthesis.ts'
import type { Unit } from './unit.ts'

/** The schema proposed in between: runs have ids of their own, and every row names its run. */
export const prd910: LegacySchema = {
  name: 'prd-910',
  columns: {
    consensus_runs: [
      'run_id',
      'spec_id',
      'stage',
      'timestamp',
      'consensus_ok',
      'degraded',
      'missing_agents',
      'conflicts',
    ],
    agent_artifacts: ['artifact_id', 'run_id', 'agent', 'content', 'metadata', 'created_at'],
    synthesis_results: [
      'synthesis_id',
      'run_id',
      'synthesized_content',
      'consensus_verdict',
      'metadata',
      'created_at',
    ],
  },
  *read(db, file) {
    for (const row of legacyRows(db, artifacts)) {
      const place = { file, row: `agent_artifacts ${row.value('artifact_id')}` }
      yield unitOrRefusal('artifacts', place, () => artifact(row, place))
    }
    for (const row of legacyRows(db, syntheses)) {
      const place = { file, row: `synthesis_results ${row.value('synthesis_id')}` }
      yield unitOrRefusal('syntheses', place, () => synthesis(row, place))
    }
    for (const row of legacyRows(db, empty)) {
      yield unitOrRefusal('artifacts', { file, row: `consensus_runs ${row.value('run_id')}` }, () => {
        throw invalid('the run', 'holds no answer and no synthesis')
      })
    }
  },
}

const run = `
  r.run_id as known_run_id, r.spec_id, r.stage, r.timestamp, r.consensus_ok, r.degraded,
  ${bytes('r.missing_agents', 'missing_agents')}, ${bytes('r.conflicts', 'conflicts')}`

const artifacts = `
  select a.artifact_id, a.run_id, a.agent, coalesce(a.created_at, r.timestamp) as created_at,
    ${bytes('a.content', 'content')}, ${bytes('a.metadata', 'metadata')}, ${run}
  from agent_artifacts a left join consensus_runs r on r.run_id = a.run_id
  order by a.rowid`

const syntheses = `
  select s.synthesis_id, s.run_id, s.consensus_verdict, coalesce(s.created_at, r.timestamp) as created_at,
    ${bytes('s.synthesized_content', 'synthesized_content')}, ${bytes('s.metadata', 'metadata')}, ${run}
  from synthesis_results s left join consensus_runs r on r.run_id = s.run_id
  order by s.rowid`

const empty = `
  select run_id from consensus_runs r
  where not exists (select 1 from agent_artifacts a where a.run_id = r.run_id)
    and not exists (select 1 from synthesis_results s where s.run_id = r.run_id)`

function artifact(row: LegacyRow, place: RowPlace): Unit {
  mustHaveRun(row)
  return artifactUnit({
    place,
    specId: row.value('spec_id'),
    stage: row.value('stage'),
    agentName: row.value('agent'),
    at: row.instant('created_at'),
    content: row.text('content'),
    sourceRunId: row.value('run_id'),
    labels: claims(row),
    metadata: { source: { ...place, metadata: row.json('metadata') ?? null } },
  })
}

function synthesis(row: LegacyRow, place: RowPlace): Unit {
  mustHaveRun(row)
  const markdown = row.text('synthesized_content')
  if (markdown === undefined) throw invalid('synthesized_content', 'is missing')
  return synthesisUnit({
    place,
    specId: row.value('spec_id'),
    stage: row.value('stage'),
    rowAt: row.optionalInstant('created_at'),
    verdict: verdictOf({
      status: row.value('consensus_verdict'),
      degraded: row.value('degraded'),
      consensusOk: row.value('consensus_ok'),
    }),
    markdown,
    conflicts: row.json('conflicts'),
    missingAgents: row.json('missing_agents'),
    sourceRunId: row.value('run_id'),
    labels: claims(row),
    metadata: {
      source: {
        ...place,
        metadata: row.json('metadata') ?? null,
        ...row.kept('consensus_verdict', 'created_at'),
      },
    },
  })
}

function mustHaveRun(row: LegacyRow): void {
  if (row.value('known_run_id') === null) {
    throw invalid('run_id', `is of a run that is not there: ${row.value('run_id')}`)
  }
}

/** What the run's own row says, whether or not anything was concluded from it. */
const claims = (row: LegacyRow): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ['consensus_ok', 'degraded', 'missing_agents', 'conflicts'].flatMap((column) => {
      const value = row.text(column)
      return value === undefined ? [] : [[`source.${column}`, value]]
    }),
  )
