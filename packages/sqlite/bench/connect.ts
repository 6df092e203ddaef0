import Database from 'better-sqlite3'
import type { Durability } from '../src/durability.ts'
import { applyReaderSettings, applyWriterSettings, DEFAULT_MMAP_BYTES } from '../src/settings.ts'

/** A connection of one's own with the settings the store gives its writer, for what is written by hand. */
export function connectToWrite(path: string, durability: Durability): Database.Database {
  const database = new Database(path)
  applyWriterSettings(database, { durability, mmapBytes: DEFAULT_MMAP_BYTES })
  return database
}

/** As the store's reader has it. */
export function connectToRead(path: string): Database.Database {
  const database = new Database(path, { readonly: true })
  applyReaderSettings(database, { durability: 'normal', mmapBytes: DEFAULT_MMAP_BYTES })
  return database
}
