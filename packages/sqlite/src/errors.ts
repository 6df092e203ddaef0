import { fileError, StoreError, type StoreErrorCode } from '@consensus-store/core'
import Database from 'better-sqlite3'

/** Codes by SQLite's own, the longest matching prefix first. */
const codes: readonly (readonly [prefix: string, code: StoreErrorCode])[] = [
  ['SQLITE_BUSY', 'BUSY'],
  ['SQLITE_LOCKED', 'BUSY'],
  ['SQLITE_FULL', 'FULL'],
  // It is made as long as it has to be, which only fails where there is no room.
  ['SQLITE_IOERR_SHMSIZE', 'FULL'],
  ['SQLITE_CORRUPT', 'CORRUPT'],
  ['SQLITE_NOTADB', 'CORRUPT'],
  ['SQLITE_CONSTRAINT', 'CONFLICT'],
  ['SQLITE_TOOBIG', 'INVALID'],
  ['SQLITE_ERROR', 'SCHEMA'],
  ['SQLITE_SCHEMA', 'SCHEMA'],
  ['SQLITE_', 'UNAVAILABLE'],
]

/** What is none of SQLite's own errors was met while a row was read, so the row is not one we wrote. */
export function classify(error: unknown): StoreErrorCode {
  if (!(error instanceof Database.SqliteError)) return 'CORRUPT'
  return codes.find(([prefix]) => error.code.startsWith(prefix))?.[1] ?? 'UNAVAILABLE'
}

/** The same where files are opened, copied and checked, and no row is read: what is none of SQLite's own is about the file. */
export function classifyFile(error: unknown): StoreErrorCode {
  if (error instanceof Database.SqliteError) return classify(error)
  const known = fileError(error, '')
  return known instanceof StoreError ? known.code : 'UNAVAILABLE'
}

export const isBusy = (error: unknown): boolean =>
  error instanceof Database.SqliteError && classify(error) === 'BUSY'

/** Whether a connection that only reads met what only one that writes can put in order. */
export const needsRecovery = (error: unknown): boolean =>
  error instanceof Database.SqliteError &&
  ['SQLITE_READONLY_ROLLBACK', 'SQLITE_READONLY_RECOVERY', 'SQLITE_READONLY_CANTINIT'].includes(error.code)
