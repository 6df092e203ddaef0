import { type Run, StoreError } from '@consensus-store/core'
import type { Expression } from 'kysely'
import { selected } from './insertion.ts'
import { runValues } from './row-values.ts'
import { type Kit, statement } from './statement.ts'

/** Gives no row when the run is there already, or events are that no row goes with. */
export const insertRun = statement<Run>()((kit) => insertionOfRun(kit, [eventsOf(kit)]))

/** Gives no row when one of `obstacles` does either. */
export function insertionOfRun(kit: Kit<Run>, obstacles: readonly Expression<unknown>[]) {
  const { db, arg } = kit
  const { columns, selection } = selected('run', runValues(arg))
  return db
    .insertInto('run')
    .columns(columns)
    .expression(
      db
        .selectNoFrom(selection)
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
