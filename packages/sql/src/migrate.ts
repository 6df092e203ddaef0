import { type Env, now, StoreError } from '@consensus-store/core'
import { type Kysely, sql } from 'kysely'
import type { SqlDialect } from './dialect.ts'
import { migrations, SCHEMA_VERSION } from './migrations/index.ts'
import { builder } from './statement.ts'

/** The table that says which migrations a database has had. Where it is missing, the database is empty or not ours. */
export const MIGRATION_TABLE = 'consensus_migration'

/** A database while it is being migrated. */
export interface MigrationHost {
  /** The highest version in `MIGRATION_TABLE`, or 0 without the table. */
  version(): Promise<number>
  /** Runs the plan in one transaction. Every other process that would migrate waits from before the plan is made. */
  exclusively(plan: () => Promise<readonly string[]>): Promise<void>
}

/**
 * Brings the tables up to date. Any number of processes may try at once: one does it, the others wait and find it done.
 * SCHEMA when the database is newer than this code; it is not touched then.
 */
export async function migrate(host: MigrationHost, dialect: SqlDialect, env: Env): Promise<void> {
  if ((await supportedVersion(host)) === SCHEMA_VERSION) return
  await host.exclusively(async () => migrationPlan(await supportedVersion(host), dialect, env))
}

/** The statements that bring a database from `version` up to date, in order. None when it is. */
export function migrationPlan(version: number, dialect: SqlDialect, env: Env): readonly string[] {
  const db = builder<MigrationSchema>(dialect)
  const plan = migrations
    .filter((migration) => migration.version > version)
    .flatMap((migration) => [
      ...migration.statements(builder(dialect), dialect),
      db.insertInto(MIGRATION_TABLE).values({
        version: sql.lit(migration.version),
        name: sql.lit(migration.name),
        applied_at: sql.lit(dialect.instant.encode(now(env))),
      }),
    ])
  const first = version === 0 ? [createMigrationTable(db, dialect)] : []
  return [...first, ...plan].map((statement) => statement.compile().sql)
}

/** What bringing a database up to date takes, when nothing was done yet. */
export interface PlannedMigration {
  /** The version the database has; 0 when it is no store yet. */
  readonly from: number
  /** The version this code reads and writes. */
  readonly to: number
  /** In order. None when the database is up to date. */
  readonly statements: readonly string[]
}

/** SCHEMA when the database is newer than this code. */
export async function plannedMigration(
  host: Pick<MigrationHost, 'version'>,
  dialect: SqlDialect,
  env: Env,
): Promise<PlannedMigration> {
  const from = await supportedVersion(host)
  return { from, to: SCHEMA_VERSION, statements: migrationPlan(from, dialect, env) }
}

interface MigrationSchema {
  [MIGRATION_TABLE]: { version: number; name: string; applied_at: unknown }
}

const createMigrationTable = (db: Kysely<MigrationSchema>, { columns, heapTable }: SqlDialect) =>
  db.schema
    .createTable(MIGRATION_TABLE)
    .addColumn('version', 'integer', (column) => column.notNull().primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at', columns.instant, (column) => column.notNull())
    .modifyEnd(heapTable)

async function supportedVersion(host: Pick<MigrationHost, 'version'>): Promise<number> {
  const version = await host.version()
  if (version > SCHEMA_VERSION) throw newerSchema(version)
  return version
}

/** SCHEMA: a newer version of this code was here. */
export const newerSchema = (version: number): StoreError =>
  new StoreError(
    'SCHEMA',
    `The database has schema version ${version}, this code knows ${SCHEMA_VERSION}: update consensus-store`,
  )
