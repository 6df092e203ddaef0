import { type Run, StoreError } from '@consensus-store/core'
import type { Expression } from 'kysely'
import { type Kit, statement } from './statement.ts'

/** Gives no row when the run is there already, or events are that no row goes with. */
export const insertRun = statement<Run>()((kit) => insertionOfRun(kit, [eventsOf(kit)]))

/** Gives no row when one of `obstacles` does either. */
export function insertionOfRun(kit: Kit<Run>, obstacles: readonly Expression<unknown>[]) {
  const { db, arg } = kit
  return db
    .insertInto('run')
    .columns([
      'id',
      'spec_id',
      'stage',
      'branch',
      'status',
      'verdict',
      'expected_agents',
      'missing_agents',
      'agreements',
      'conflicts',
      'labels',
      'pinned',
      'started_at',
      'concluded_at',
      'seal',
      'last_sequence',
    ])
    .expression(
      db
        .selectNoFrom([
          arg.text('id').as('id'),
          arg.text('specId').as('spec_id'),
          arg.text('stage').as('stage'),
          arg.text('branch').as('branch'),
          arg.text('status').as('status'),
          arg.text('verdict').as('verdict'),
          arg.json('expectedAgents').as('expected_agents'),
          arg.json('missingAgents').as('missing_agents'),
          arg.json('agreements').as('agreements'),
          arg.json('conflicts').as('conflicts'),
          arg.json('labels').as('labels'),
          arg.flag('pinned').as('pinned'),
          arg.instant('startedAt').as('started_at'),
          arg.instant('concludedAt').as('concluded_at'),
          arg.text('seal').as('seal'),
          arg.number('lastSequence').as('last_sequence'),
        ])
        .where(({ and, not, exists }) => and(obstacles.map((obstacle) => not(exists(obstacle))))),
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
}

/** A log that has lost its run's row is that of no run which begins now. */
export const eventsOf = ({ db, arg }: Kit<Run>) =>
  db.selectFrom('event').select('sequence').where('run_id', '=', arg.text('id'))

/** CORRUPT: what stands in the way of beginning a run that is not there. */
export const rowless = (runId: string) =>
  new StoreError('CORRUPT', `Run ${runId} has events, and its row is missing: rebuild it`)
