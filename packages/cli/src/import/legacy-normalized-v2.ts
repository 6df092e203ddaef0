import { invalid, type Json } from '@consensus-store/core'
import { artifactUnit } from './artifact.ts'
import { isObject } from './evidence-file.ts'
import type { LegacySchema } from './legacy.ts'
import { bytes, type LegacyRow, legacyRows, type RowPlace } from './legacy-row.ts'
import { verdictOf } from './naming.ts'
import { unitOrRefusal } from './refusal.ts'
import { synthesisUnit } from './synthesis.ts'
import type { Unit } from './unit.ts'

/**
 * The second schema. The code that wrote it made a run row for every answer and every synthesis, a millisecond apart
 * because they had to differ, so a run row that holds one thing tells of no run. One that holds more is a bond.
 */
export const normalizedV2: LegacySchema = {
  name: 'normalized-v2',
  columns: {
    consensus_runs: ['id', 'spec_id', 'stage', 'run_timestamp', 'consensus_ok', 'degraded', 'synthesis_json'],
    agent_outputs: ['id', 'run_id', 'agent_name', 'model_version', 'content', 'output_timestamp'],
  },
  *read(db, file) {
    for (const row of legacyRows(db, outputs)) {
      const place = { file, row: `agent_outputs ${row.value('id')}` }
      yield unitOrRefusal('artifacts', place, () => artifact(row, place))
    }
    for (const row of legacyRows(db, syntheses)) {
      const place = { file, row: `consensus_runs ${row.value('run_id')}` }
      yield unitOrRefusal('syntheses', place, () => synthesis(row, place))
    }
    for (const row of legacyRows(db, empty)) {
      const place = { file, row: `consensus_runs ${row.value('run_id')}` }
      yield unitOrRefusal('artifacts', place, () => {
        throw invalid('the run', 'holds no answer and no synthesis')
      })
    }
  },
}

const held = '(select count(*) from agent_outputs h where h.run_id = r.id) + (r.synthesis_json is not null)'

const run = `r.id as run_id, r.spec_id, r.stage, r.run_timestamp, r.consensus_ok, r.degraded, ${held} as held`

const outputs = `
  select ${run}, o.id, o.run_id as claimed_run_id, o.agent_name, o.model_version, o.output_timestamp,
    ${bytes('o.content', 'content')}
  from agent_outputs o left join consensus_runs r on r.id = o.run_id
  order by o.id`

const syntheses = `
  select ${run}, ${bytes('r.synthesis_json', 'synthesis_json')}
  from consensus_runs r where r.synthesis_json is not null
  order by r.id`

const empty = `select ${run} from consensus_runs r where held = 0 order by r.id`

const bondOf = (row: LegacyRow) => (Number(row.value('held')) > 1 ? `run ${row.value('run_id')}` : undefined)

function artifact(row: LegacyRow, place: RowPlace): Unit {
  if (row.value('run_id') === null) {
    throw invalid('run_id', `is of a run that is not there: ${row.value('claimed_run_id')}`)
  }
  return artifactUnit({
    place,
    specId: row.value('spec_id'),
    stage: row.value('stage'),
    agentName: row.value('agent_name'),
    at: row.instant('output_timestamp'),
    content: row.text('content'),
    bond: bondOf(row),
    modelVersion: row.value('model_version'),
    metadata: { source: { ...place, ...row.kept('run_id', 'consensus_ok', 'degraded', 'model_version') } },
  })
}

function synthesis(row: LegacyRow, place: RowPlace): Unit {
  const json: Json = row.json('synthesis_json') ?? {}
  if (!isObject(json)) throw invalid('synthesis_json', 'must be an object')
  const { output_markdown = '', ...said } = json
  if (typeof output_markdown !== 'string') throw invalid('output_markdown', 'must be a string')
  return synthesisUnit({
    place,
    specId: row.value('spec_id'),
    stage: row.value('stage'),
    rowAt: row.instant('run_timestamp'),
    verdict: verdictOf({
      status: json.status,
      degraded: row.value('degraded'),
      consensusOk: row.value('consensus_ok'),
    }),
    markdown: output_markdown,
    agreements: json.agreements,
    conflicts: json.conflicts,
    missingAgents: json.missing_agents,
    outputPath: json.output_path,
    bond: bondOf(row),
    metadata: { source: { ...place, ...said, ...row.kept('run_timestamp', 'consensus_ok', 'degraded') } },
  })
}
