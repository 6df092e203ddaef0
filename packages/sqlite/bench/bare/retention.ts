import type { Database } from 'better-sqlite3'

/**
 * Deletes runs that began before an instant, so many in each transaction, as one would by hand: with all they own, one statement
 * for each table, and the log copied into the file between transactions. Gives how many there were.
 */
export function bareRetention(database: Database, runsTogether: number) {
  database.pragma('wal_autocheckpoint = 0')
  const begin = database.prepare('begin immediate')
  const commit = database.prepare('commit')
  const oldest = database
    .prepare<[number, number], string>(
      `select json_group_array(id) from (
        select id from run where started_at < ? and status <> 'running' and pinned = 0
          and not exists (select 1 from execution where run_id = run.id and status in ('spawned', 'running'))
        order by started_at limit ?)`,
    )
    .pluck()
  const deletes = [
    'delete from execution where run_id in (select value from json_each(?))',
    'delete from body where position in (select position from event where run_id in (select value from json_each(?)))',
    'delete from artifact where run_id in (select value from json_each(?))',
    'delete from synthesis where run_id in (select value from json_each(?))',
    'delete from snapshot where run_id in (select value from json_each(?))',
    'delete from event where run_id in (select value from json_each(?))',
    'delete from archive where run_id in (select value from json_each(?))',
    'delete from run where id in (select value from json_each(?))',
  ].map((sql) => database.prepare<[string]>(sql))

  return async (before: number): Promise<number> => {
    let deleted = 0
    while (true) {
      begin.run()
      const ids = oldest.get(before, runsTogether)!
      if (ids !== '[]') for (const statement of deletes) statement.run(ids)
      commit.run()
      if (ids === '[]') return deleted
      deleted += (JSON.parse(ids) as string[]).length
      database.pragma('wal_checkpoint(passive)')
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
