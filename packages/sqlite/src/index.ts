export type { Durability } from './durability.ts'
export { type SqliteStoreOptions, sqliteStore } from './store.ts'
