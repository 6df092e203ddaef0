import { StoreError, systemEnv } from '@consensus-store/core'
import { type PlannedMigration, plannedMigration } from '@consensus-store/sql'
import { postgresDialect } from './dialect.ts'
import { classify } from './errors.ts'
import { migrationHost, missingSchema } from './migration-host.ts'
import { connectNamed } from './open.ts'
import { checkOptions } from './options.ts'
import type { PostgresStoreOptions } from './store.ts'

/** What opening the store would run to bring it up to date. It looks only. UNAVAILABLE and SCHEMA as when opening. */
export async function plannedPostgresMigration(
  options: PostgresStoreOptions = {},
): Promise<PlannedMigration> {
  const { schema, config } = checkOptions(options)
  const { env = systemEnv } = options
  const line = await connectNamed(config, () => {})
  try {
    const planned = await plannedMigration(migrationHost(line, schema), postgresDialect(schema), env)
    return { ...planned, statements: [...(await missingSchema(line, schema)), ...planned.statements] }
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw new StoreError(classify(error), `The schema cannot be looked at: ${(error as Error).message}`, {
      cause: error,
    })
  } finally {
    await line.close()
  }
}
