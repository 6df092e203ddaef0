import type { DamageablePlace } from '@consensus-store/conformance'
import Database from 'better-sqlite3'

/** A file as any other program can get at it. */
export const beneath = (path: string): Pick<DamageablePlace, 'damage' | 'freeze'> => ({
  damage: async (statement) =>
    using(path, (database) => {
      database.pragma('foreign_keys = off')
      database.exec(statement)
    }),

  freeze: async (runIds) =>
    using(path, (database) => {
      const ids = runIds.map((id) => `'${id}'`).join(', ')
      for (const [table, column] of Object.entries(keys)) {
        for (const [operation, row] of Object.entries({ insert: 'new', update: 'old', delete: 'old' })) {
          const when = column ? `when ${row}.${column} in (${ids})` : ''
          database.exec(`create trigger "${table} ${operation} ${ids}" before ${operation} on ${table} ${when}
            begin select raise(abort, 'is frozen'); end`)
        }
      }
    }),
})

/** Which run a row is of; a body is of any. */
const keys = {
  run: 'id',
  execution: 'run_id',
  artifact: 'run_id',
  synthesis: 'run_id',
  event: 'run_id',
  body: '',
}

function using(path: string, work: (database: Database.Database) => void): void {
  const database = new Database(path, { timeout: 10_000 })
  try {
    work(database)
  } finally {
    database.close()
  }
}
