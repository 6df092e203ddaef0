import { existsSync } from 'node:fs'
import { StoreError } from '@consensus-store/core'

export interface SchemaVersions {
  /** The version the file has; 0 for a file that is missing or empty. */
  readonly version: number
  /** The version this code reads and writes. */
  readonly current: number
}

/** Looks at a file's schema without changing it. SCHEMA when it holds something else, CORRUPT when it is no database. */
export async function sqliteSchema(path: string): Promise<SchemaVersions> {
  const { MIGRATION_TABLE, SCHEMA_VERSION: current } = await import('@consensus-store/sql')
  if (!existsSync(path)) return { version: 0, current }
  const { default: Database } = await import('better-sqlite3')
  try {
    const database = new Database(path, { readonly: true })
    try {
      const tables = database.prepare('select name from sqlite_schema').pluck().all()
      if (tables.length === 0) return { version: 0, current }
      if (!tables.includes(MIGRATION_TABLE)) {
        throw new StoreError('SCHEMA', `${path} is a SQLite database of something else`)
      }
      const highest = database.prepare(`select coalesce(max(version), 0) from ${MIGRATION_TABLE}`).pluck()
      return { version: highest.get() as number, current }
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
