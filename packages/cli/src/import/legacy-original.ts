import { invalid } from '@consensus-store/core'
import { artifactUnit } from './artifact.ts'
import type { LegacySchema } from './legacy.ts'
import { type LegacyRow, type RowPlace, tableRows } from './legacy-row.ts'
import { verdictOf } from './naming.ts'
import { unitOrRefusal } from './refusal.ts'
import { synthesisUnit } from './synthesis.ts'
import type { Unit } from './unit.ts'

/** The first schema: a row per answer, most without a run. */
export const original: LegacySchema = {
  name: 'original',
  columns: {
    consensus_artifacts: ['id', 'spec_id', 'stage', 'agent_name', 'content_json', 'created_at'],
  },
  *read(db, file) {
    const artifacts = tableRows(db, 'consensus_artifacts', {
      text: ['content_json', 'response_text'],
      other: ['id', 'spec_id', 'stage', 'agent_name', 'run_id', 'created_at'],
    })
    for (const row of artifacts) {
      const place = { file, row: `consensus_artifacts ${row.value('id')}` }
      yield unitOrRefusal('artifacts', place, () => artifact(row, place))
    }
    const syntheses = tableRows(db, 'consensus_synthesis', {
      text: ['output_markdown', 'agreements', 'conflicts'],
      other: [
        'id',
        'spec_id',
        'stage',
        'output_path',
        'status',
        'artifacts_count',
        'degraded',
        'run_id',
        'created_at',
      ],
    })
    for (const row of syntheses) {
      const place = { file, row: `consensus_synthesis ${row.value('id')}` }
      yield unitOrRefusal('syntheses', place, () => synthesis(row, place))
    }
  },
}

function artifact(row: LegacyRow, place: RowPlace): Unit {
  return artifactUnit({
    place,
    specId: row.value('spec_id'),
    stage: row.value('stage'),
    agentName: row.value('agent_name'),
    at: row.instant('created_at'),
    content: row.text('content_json'),
    sourceRunId: row.value('run_id'),
    metadata: { source: { ...place, ...row.kept('response_text') } },
  })
}

function synthesis(row: LegacyRow, place: RowPlace): Unit {
  const markdown = row.text('output_markdown')
  if (markdown === undefined) throw invalid('output_markdown', 'is missing')
  return synthesisUnit({
    place,
    specId: row.value('spec_id'),
    stage: row.value('stage'),
    rowAt: row.optionalInstant('created_at'),
    verdict: verdictOf({ status: row.value('status'), degraded: row.value('degraded') }),
    markdown,
    agreements: row.json('agreements'),
    conflicts: row.json('conflicts'),
    outputPath: row.value('output_path'),
    sourceRunId: row.value('run_id'),
    metadata: {
      source: {
        ...place,
        ...row.kept(
          'status',
          'artifacts_count',
          'agreements',
          'conflicts',
          'degraded',
          'output_path',
          'created_at',
        ),
      },
    },
  })
}
