import type { Setting } from '@consensus-store/core'
import type { Database } from 'better-sqlite3'
import type { Durability } from './durability.ts'

export interface Tuning {
  readonly durability: Durability
  readonly mmapBytes: number
}

export const DEFAULT_MMAP_BYTES = 268_435_456

/** Kibibytes, which SQLite asks for as a negative number: the reader has more to remember than the writer. */
const WRITER_CACHE = -8_192
const READER_CACHE = -16_384

type Wanted = readonly (readonly [name: string, value: string | number, untaken?: Untaken])[]

/** What it means that a setting was not taken. */
type Untaken = Pick<Setting, 'severity' | 'remedy'>

/**
 * In this order: `auto_vacuum` is silently ignored once the journal mode has written the first page. A table of the
 * values SQLite reads back, which are not always the words it is told.
 */
const writerSettings = ({ durability, mmapBytes }: Tuning): Wanted => [
  ['auto_vacuum', 2, withoutAutoVacuum],
  ['journal_mode', 'wal', withoutWal],
  ['synchronous', durability === 'full' ? 2 : 1, withoutFlushing],
  ['foreign_keys', 1],
  ['busy_timeout', 0],
  ['cache_size', WRITER_CACHE],
  ['mmap_size', mmapBytes],
  ['temp_store', 2],
]

const withoutAutoVacuum: Untaken = {
  remedy:
    'The file was made without it, so freed space cannot be given back piece by piece. Rewrite it once: consensus reclaim --convert.',
}

const withoutWal: Untaken = {
  severity: 'error',
  remedy:
    'Readers and writers now wait for each other. Keep the file on a local disk, not on a network share.',
}

const withoutFlushing: Untaken = {
  severity: 'error',
  remedy: 'A loss of power may take what was acknowledged. Check how this SQLite was built.',
}

const readerSettings = ({ mmapBytes }: Tuning): Wanted => [
  ['busy_timeout', 0],
  ['cache_size', READER_CACHE],
  ['mmap_size', mmapBytes],
  ['temp_store', 2],
]

export const applyWriterSettings = (database: Database, tuning: Tuning): readonly Setting[] =>
  apply(database, writerSettings(tuning))

export const applyReaderSettings = (database: Database, tuning: Tuning): readonly Setting[] =>
  apply(database, readerSettings(tuning))

/**
 * Sets what differs, then reads it back: SQLite ignores what it cannot do. What is right already is left alone,
 * because setting `auto_vacuum` again would wait for whoever is writing.
 */
function apply(database: Database, settings: Wanted): readonly Setting[] {
  const read = (name: string) => database.pragma(name, { simple: true }) as string | number
  for (const [name, wanted] of settings) {
    if (read(name) !== wanted) database.pragma(`${name} = ${wanted}`)
  }
  return settings.map(([name, wanted, untaken]) => ({ name, wanted, actual: read(name), ...untaken }))
}
