export type { Bulk } from './bulk.ts'
export type { Claim, Steps } from './claim.ts'
export type { RowsOf, Session } from './context.ts'
export { type Codec, codec, type SqlDialect, type Stored } from './dialect.ts'
export { lookups } from './lookups.ts'
export {
  MIGRATION_TABLE,
  type MigrationHost,
  migrate,
  migrationPlan,
  newerSchema,
  type PlannedMigration,
  plannedMigration,
} from './migrate.ts'
export { SCHEMA_VERSION } from './migrations/index.ts'
export {
  type AnyStatement,
  type Bound,
  type Compiled,
  compile,
  type Lookup,
  type Statement,
} from './statement.ts'
export { type SqlBackend, sqlStore } from './store.ts'
