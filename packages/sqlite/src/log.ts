import type { Database } from 'better-sqlite3'

/** Pages in the log after which a commit copies it, as SQLite does when it is not told otherwise. */
export const PAGES_BEFORE_CHECKPOINT = 1_000

/** Copies what the write-ahead log holds into the file as far as it can be without holding anybody up. */
export const checkpoint = (database: Database): void => void database.pragma('wal_checkpoint(passive)')

/**
 * Copies the rest and cuts the log off, which nobody may write, nor read anything older, meanwhile; so most of it should have been
 * copied before. False when somebody did, and the log stays as it is.
 */
export function truncateLog(database: Database): boolean {
  const [{ busy }] = database.pragma('wal_checkpoint(truncate)') as [{ busy: number }]
  return busy === 0
}
