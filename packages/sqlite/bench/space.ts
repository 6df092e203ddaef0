import { setImmediate as nextTurn } from 'node:timers/promises'
import Database from 'better-sqlite3'

export interface Given {
  readonly before: number
  readonly after: number
}

/** Gives free pages back as one would by hand, so many in each transaction. */
export async function giveBackByHand(path: string): Promise<Given> {
  const database = new Database(path, { timeout: 5_000 })
  const before = bytesIn(database)
  const begin = database.prepare('begin immediate')
  const commit = database.prepare('commit')
  while ((database.pragma('freelist_count', { simple: true }) as number) > 0) {
    begin.run()
    database.pragma('incremental_vacuum(500)')
    commit.run()
    await nextTurn()
  }
  database.pragma('wal_checkpoint(truncate)')
  const after = bytesIn(database)
  database.close()
  return { before, after }
}

/** Writes the whole file anew, while everybody waits. */
export function vacuumByHand(path: string): Given {
  const database = new Database(path, { timeout: 5_000 })
  const before = bytesIn(database)
  database.exec('vacuum')
  database.pragma('wal_checkpoint(truncate)')
  const after = bytesIn(database)
  database.close()
  return { before, after }
}

/** Leaves a share of the runs, those that began last. */
export function deleteMost(path: string, shareKept: number): void {
  const database = new Database(path)
  database.pragma('foreign_keys = off')
  const [{ oldest, newest }] = database
    .prepare('select min(started_at) as oldest, max(started_at) as newest from run')
    .all() as [{ oldest: number; newest: number }]
  const before = newest - (newest - oldest) * shareKept
  const gone = `(select id from run where started_at < ${before})`
  database.exec(`
    begin;
    delete from body where position in (select position from event where run_id in ${gone});
    ${['execution', 'artifact', 'synthesis', 'event'].map((table) => `delete from ${table} where run_id in ${gone};`).join('\n')}
    delete from run where started_at < ${before};
    commit`)
  database.pragma('wal_checkpoint(truncate)')
  database.close()
}

/** As another tool would have made it. */
export function withoutAutoVacuum(path: string): string {
  const database = new Database(path)
  const pages = (name: string) => database.pragma(name, { simple: true }) as number
  const wanted = pages('page_count')
  database.pragma('auto_vacuum = none')
  database.exec('vacuum')
  // What was free is gone by that, so it is made again.
  database.exec('create table ballast (page)')
  const add = database.prepare('insert into ballast values (zeroblob(4000))')
  database.exec('begin')
  while (pages('page_count') < wanted) add.run()
  database.exec('commit; drop table ballast')
  database.pragma('wal_checkpoint(truncate)')
  database.close()
  return path
}

function bytesIn(database: Database.Database): number {
  const pragma = (name: string) => database.pragma(name, { simple: true }) as number
  return pragma('page_count') * pragma('page_size')
}
