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
  /** Runs statements in one transaction, holding off every other process that would migrate. */
  exclusively(work: (run: Execute) => Promise<void>): Promise<void>
}

export type Execute = (sql: string, parameters: readonly unknown[]) => Promise<void>

/**
 * Brings the tables up to date. Any number of processes may try at once: one does it, the others wait and find it done.
 * SCHEMA when the database is newer than this code; it is not touched then.
 */
export async function migrate(host: MigrationHost, dialect: SqlDialect, env: Env): Promise<void> {
  if ((await supportedVersion(host)) === SCHEMA_VERSION) return
  await host.exclusively(async (run) => {
    const version = await supportedVersion(host)
    const db = builder<MigrationSchema>(dialect)
    const pending = migrations.filter((migration) => migration.version > version)
    if (version === 0) await execute(createMigrationTable(db, dialect))
    for (const migration of pending) {
      for (const step of migration.statements(builder(dialect), dialect)) await execute(step)
      await execute(
        db.insertInto(MIGRATION_TABLE).values({
          version: migration.version,
          name: migration.name,
          applied_at: sql.val(dialect.instant.encode(now(env))),
        }),
      )
    }

    async function execute(query: { compile(): { sql: string; parameters: readonly unknown[] } }) {
      const { sql, parameters } = query.compile()
      await run(sql, parameters)
    }
  })
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

async function supportedVersion(host: MigrationHost): Promise<number> {
  const version = await host.version()
  if (version > SCHEMA_VERSION) throw newerSchema(version)
  return version
}

export const newerSchema = (version: number): StoreError =>
  new StoreError(
    'SCHEMA',
    `The database has schema version ${version}, this code knows ${SCHEMA_VERSION}: update consensus-store`,
  )
