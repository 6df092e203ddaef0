export type { Durability } from './settings.ts'
export { type SqliteStoreOptions, sqliteStore } from './store.ts'
