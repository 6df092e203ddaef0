import Database from 'better-sqlite3'

/** How long this process holds the lock of who writes, from now on, in milliseconds, whoever prepared the statements. */
export function watchLocks() {
  const { prepare } = Database.prototype
  let held: number[] = []
  let since = 0

  Database.prototype.prepare = function (this: Database.Database, sql: string) {
    const statement = prepare.call(this, sql) as Database.Statement
    if (sql !== 'begin immediate' && sql !== 'commit') return statement
    const run = statement.run.bind(statement)
    const timed = (): Database.RunResult => {
      const result = run()
      if (sql === 'begin immediate') since = performance.now()
      else if (since > 0) {
        held.push(performance.now() - since)
        since = 0
      }
      return result
    }
    return Object.assign(statement, { run: timed })
  } as typeof prepare

  return {
    /** Those since it was asked before. */
    taken(): readonly number[] {
      const taken = held
      held = []
      return taken
    },
  }
}
