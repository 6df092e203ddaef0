export { plannedPostgresMigration } from './planned-migration.ts'
export { type PostgresStoreOptions, postgresStore } from './store.ts'
