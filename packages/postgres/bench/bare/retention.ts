import type pg from 'pg'
import { statement } from './statement.ts'
import { transact } from './transaction.ts'

const oldest = statement(
  'oldest',
  `select id from run where started_at < $1 and status <> 'running' and not pinned
    and not exists (select from execution where run_id = run.id and status in ('spawned', 'running'))
    order by started_at limit $2 for update`,
)
const deletes = [
  statement('expire_executions', 'delete from execution where run_id = any($1)'),
  statement(
    'expire_bodies',
    'delete from body where position in (select position from event where run_id = any($1))',
  ),
  statement('expire_artifacts', 'delete from artifact where run_id = any($1)'),
  statement('expire_syntheses', 'delete from synthesis where run_id = any($1)'),
  statement('expire_snapshots', 'delete from snapshot where run_id = any($1)'),
  statement('expire_events', 'delete from event where run_id = any($1)'),
  statement('expire_archives', 'delete from archive where run_id = any($1)'),
  statement('expire_runs', 'delete from run where id = any($1)'),
]

/**
 * Deletes runs that began before an instant, so many in each transaction, as one would by hand: with all they own, one statement
 * and one round trip for each table. Gives how many there were.
 */
export const bareRetention = (pool: pg.Pool, runsTogether: number) => async (before: Date) => {
  let deleted = 0
  while (true) {
    const count = await transact(pool, async (client) => {
      const { rows } = await client.query<{ id: string }>(oldest(before, runsTogether))
      const ids = rows.map(({ id }) => id)
      if (ids.length > 0) for (const remove of deletes) await client.query(remove(ids))
      return ids.length
    })
    if (count === 0) return deleted
    deleted += count
  }
}
