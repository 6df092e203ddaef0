import Database from 'better-sqlite3'
import type { Durability } from '../src/durability.ts'
import { applyReaderSettings, applyWriterSettings } from '../src/settings.ts'

/** A connection of one's own with the settings the store gives its writer, for what is written by hand. */
export function connectToWrite(path: string, durability: Durability): Database.Database {
  const database = new Database(path)
  applyWriterSettings(database, durability)
  return database
}

/** As the store's reader has it. */
export function connectToRead(path: string): Database.Database {
  const database = new Database(path, { readonly: true })
  applyReaderSettings(database)
  return database
}
