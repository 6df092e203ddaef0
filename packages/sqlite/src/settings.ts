import type { Database } from 'better-sqlite3'
import type { Durability } from './durability.ts'

/** The most SQLite maps: as much of the file as fits is then read without a system call. */
const MMAP_BYTES = 2_147_418_112

export interface Setting {
  readonly name: string
  readonly wanted: string | number
  readonly actual: string | number
}

/**
 * In this order: `auto_vacuum` is silently ignored once the journal mode has written the first page. A table of the
 * values SQLite reads back, which are not always the words it is told.
 */
const writerSettings = (
  durability: Durability,
): readonly (readonly [name: string, value: string | number])[] => [
  ['auto_vacuum', 2],
  ['journal_mode', 'wal'],
  ['synchronous', durability === 'full' ? 2 : 1],
  ['foreign_keys', 1],
  ['busy_timeout', 0],
  ['cache_size', -65_536],
  ['mmap_size', MMAP_BYTES],
  ['temp_store', 2],
]

const readerSettings: readonly (readonly [name: string, value: string | number])[] = [
  ['busy_timeout', 0],
  ['cache_size', -65_536],
  ['mmap_size', MMAP_BYTES],
  ['temp_store', 2],
]

export const applyWriterSettings = (database: Database, durability: Durability): readonly Setting[] =>
  apply(database, writerSettings(durability))

export const applyReaderSettings = (database: Database): readonly Setting[] => apply(database, readerSettings)

/**
 * Sets what differs, then reads it back: SQLite ignores what it cannot do. What is right already is left alone,
 * because setting `auto_vacuum` again would wait for whoever is writing.
 */
function apply(
  database: Database,
  settings: readonly (readonly [string, string | number])[],
): readonly Setting[] {
  const read = (name: string) => database.pragma(name, { simple: true }) as string | number
  for (const [name, wanted] of settings) {
    if (read(name) !== wanted) database.pragma(`${name} = ${wanted}`)
  }
  return settings.map(([name, wanted]) => ({ name, wanted, actual: read(name) }))
}
