export type { Durability } from './durability.ts'
export { plannedSqliteMigration } from './planned-migration.ts'
export { restoreSqliteBackup, type SqliteRestoring } from './restore.ts'
export { type SqliteStoreOptions, sqliteStore } from './store.ts'
