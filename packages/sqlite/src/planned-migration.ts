import { existsSync } from 'node:fs'
import { type Env, StoreError, systemEnv } from '@consensus-store/core'
import { MIGRATION_TABLE, type PlannedMigration, plannedMigration } from '@consensus-store/sql'
import Database from 'better-sqlite3'
import { sqlite } from './dialect.ts'
import { mustCarryDriver } from './runtime.ts'

/**
 * What opening the file would run to bring it up to date; a file that is missing or empty has had nothing. It looks only.
 * SCHEMA when the file holds something else or is newer, CORRUPT when it is no database.
 */
export const plannedSqliteMigration = ({
  path,
  env = systemEnv,
}: {
  readonly path: string
  readonly env?: Env | undefined
}): Promise<PlannedMigration> =>
  plannedMigration({ version: async () => (existsSync(path) ? versionOf(path) : 0) }, sqlite, env)

function versionOf(path: string): number {
  mustCarryDriver()
  try {
    const database = new Database(path, { readonly: true })
    try {
      const tables = database.prepare('select name from sqlite_schema').pluck().all()
      if (tables.length === 0) return 0
      if (!tables.includes(MIGRATION_TABLE)) {
        throw new StoreError('SCHEMA', `${path} is a SQLite database of something else`)
      }
      const highest = database.prepare(`select coalesce(max(version), 0) from ${MIGRATION_TABLE}`).pluck()
      return highest.get() as number
    } finally {
      database.close()
    }
  } catch (error) {
    if (error instanceof StoreError) throw error
    const { code, message } = error as { code?: string; message: string }
    const reason = code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT' ? 'CORRUPT' : 'UNAVAILABLE'
    throw new StoreError(reason, `${path} cannot be read: ${message}`, { cause: error })
  }
}
