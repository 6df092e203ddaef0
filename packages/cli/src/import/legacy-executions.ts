import type { Database } from 'better-sqlite3'
import { executionUnit } from './execution.ts'
import { tableRows } from './legacy-row.ts'
import { unitOrRefusal } from './refusal.ts'
import type { Refused, Unit } from './unit.ts'

/** The turns of agents. The table is the same in the first schema and the second; a database may have none. */
export function* agentExecutions(db: Database, file: string): Generator<Unit | Refused> {
  const rows = tableRows(db, 'agent_executions', {
    text: ['response_text', 'extraction_error'],
    other: [
      'agent_id',
      'spec_id',
      'stage',
      'phase_type',
      'agent_name',
      'spawned_at',
      'completed_at',
      'run_id',
      'branch_id',
    ],
  })
  for (const row of rows) {
    const place = { file, row: `agent_executions ${row.value('agent_id')}` }
    yield unitOrRefusal('executions', place, () =>
      executionUnit({
        place,
        agentId: row.value('agent_id'),
        specId: row.value('spec_id'),
        stage: row.value('stage'),
        branch: row.value('branch_id'),
        agentName: row.value('agent_name'),
        phaseType: row.value('phase_type'),
        sourceRunId: row.value('run_id'),
        spawnedAt: row.instant('spawned_at'),
        completedAt: row.optionalInstant('completed_at'),
        response: row.text('response_text'),
        extractionError: row.text('extraction_error'),
      }),
    )
  }
}
