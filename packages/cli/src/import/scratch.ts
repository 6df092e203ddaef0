import { StoreError } from '@consensus-store/core'
import Sqlite, { type Database } from 'better-sqlite3'

/** A database on disk that has no name, is nobody else's, and goes away by itself, however the process ends. */
export function scratch(): Database {
  const db = new Sqlite('')
  db.pragma('journal_mode = off')
  db.pragma('synchronous = off')
  return db
}

/** The error in the terms of a store, when it is the room for sorting that failed. */
export function explained(error: unknown): unknown {
  if (!(error instanceof Sqlite.SqliteError)) return error
  const code = error.code.startsWith('SQLITE_FULL') ? 'FULL' : 'UNAVAILABLE'
  return new StoreError(code, `There is no room to sort the source in: ${error.message}`, { cause: error })
}
