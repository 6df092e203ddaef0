import { hash } from 'node:crypto'
import { type Env, type Setting, StoreError } from '@consensus-store/core'
import {
  MIGRATION_TABLE,
  type MigrationHost,
  migrate,
  newerSchema,
  SCHEMA_VERSION,
} from '@consensus-store/sql'
import Database from 'better-sqlite3'
import { type Connection, connection } from './connection.ts'
import { sqlite } from './dialect.ts'
import { classifyFile, needsRecovery } from './errors.ts'
import { emptyFile, type Place, place } from './place.ts'
import { mustCarryDriver } from './runtime.ts'
import { applyReaderSettings, applyWriterSettings, type Tuning } from './settings.ts'
import { whenFree } from './waiting.ts'

export interface OpenStore {
  readonly writing: Connection
  readonly reading: Connection
  readonly settings: readonly Setting[]
  release(): void
}

interface OpenOptions {
  readonly path: string
  readonly create: boolean
  readonly tuning: Tuning
  readonly busyTimeoutMs: number
  readonly env: Env
}

/** Opens the file's one writing and one reading connection, with the schema up to date. */
export async function open({ path, create, tuning, busyTimeoutMs, env }: OpenOptions): Promise<OpenStore> {
  mustCarryDriver()
  const at = place(path, create)
  const opened: Database.Database[] = []
  const connect = (options?: Database.Options) => {
    const database = new Database(at.path, { timeout: 0, ...options })
    opened.push(database)
    return database
  }
  const release = () => {
    for (const database of opened.toReversed()) database.close()
    at.release()
  }

  try {
    if (at.exists) await mustBeOurs(at, create, busyTimeoutMs)
    const writing = connect()
    writing.function('sha256', { deterministic: true }, (text) => hash('sha256', text as string))
    const settings = await whenFree(() => applyWriterSettings(writing, tuning), busyTimeoutMs)
    await migrate(migrationHost(writing, busyTimeoutMs), sqlite, env)
    await whenFree(() => markAsStore(writing), busyTimeoutMs)
    const reading = connect({ readonly: true })
    await whenFree(() => applyReaderSettings(reading, tuning), busyTimeoutMs)
    return { writing: connection(writing), reading: connection(reading), settings, release }
  } catch (error) {
    release()
    if (error instanceof StoreError) throw error
    throw new StoreError(classifyFile(error), `${at.path} cannot be opened: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** SCHEMA unless the database is empty and may be filled, or a store this code can read. Looks only; nothing is written. */
async function mustBeOurs({ path }: Place, create: boolean, busyTimeoutMs: number): Promise<void> {
  try {
    await look({ readonly: true })
  } catch (error) {
    // What a killed process left half done has to be undone before anybody can read, and that takes writing.
    if (!needsRecovery(error)) throw error
    await look({ readonly: false })
  }

  async function look(options: Database.Options): Promise<void> {
    const database = new Database(path, { ...options, timeout: 0 })
    try {
      const { version, empty } = await whenFree(() => contentsOf(database), busyTimeoutMs)
      if (version > SCHEMA_VERSION) throw newerSchema(version)
      if (empty && !create) throw emptyFile(path)
      if (version === 0 && !empty) {
        throw new StoreError('SCHEMA', `${path} is a SQLite database of something else`)
      }
    } finally {
      database.close()
    }
  }
}

/** As of one moment, because another process may be making the tables right now. */
const contentsOf = (database: Database.Database) =>
  database.transaction(() => ({
    version: schemaVersion(database),
    empty: database.prepare('select count(*) from sqlite_schema').pluck().get() === 0,
  }))()

/** The schema version of an open database; 0 when it has never been a store. */
function schemaVersion(database: Database.Database): number {
  const table = database.prepare('select count(*) from sqlite_schema where name = ?').pluck()
  if (table.get(MIGRATION_TABLE) === 0) return 0
  return database.prepare(`select coalesce(max(version), 0) from ${MIGRATION_TABLE}`).pluck().get() as number
}

/** What a database that is a store says it is for: `cnss`. */
const STORE_ID = 0x636e7373

/** A backup that is opened as a store may be written to, so that from then on no other backup takes its place. */
function markAsStore(database: Database.Database): void {
  if (database.pragma('application_id', { simple: true }) === STORE_ID) return
  database.pragma(`application_id = ${STORE_ID}`)
}

const migrationHost = (database: Database.Database, busyTimeoutMs: number): MigrationHost => ({
  version: () => whenFree(() => schemaVersion(database), busyTimeoutMs),

  async exclusively(plan) {
    await whenFree(() => database.exec('begin immediate'), busyTimeoutMs)
    try {
      for (const statement of await plan()) database.exec(statement)
      database.exec('commit')
    } catch (error) {
      if (database.inTransaction) database.exec('rollback')
      throw error
    }
  },
})
