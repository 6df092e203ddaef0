export type { Durability } from './durability.ts'
export { plannedSqliteMigration } from './planned-migration.ts'
export { type SqliteStoreOptions, sqliteStore } from './store.ts'
