import {
  type ConsensusStore,
  options as checkOptions,
  count,
  type Env,
  flag,
  invalid,
  oneOf,
  systemEnv,
} from '@consensus-store/core'
import { sqlStore } from '@consensus-store/sql'
import { backupFile } from './backup.ts'
import { bulk } from './bulk.ts'
import type { Durability } from './durability.ts'
import { ears } from './ears.ts'
import { classify } from './errors.ts'
import { open } from './open.ts'
import { reader } from './reader.ts'
import { reclaimFile } from './reclaim.ts'
import { insideSession, outsideSession } from './sessions.ts'
import { DEFAULT_MMAP_BYTES } from './settings.ts'
import { fileVitals } from './vitals.ts'
import { writer } from './writer.ts'

/** Where a store in a file is, and how it is kept. */
export interface SqliteStoreOptions {
  /** The file that holds the store, or `:memory:` for a private one that goes when the store is closed. */
  readonly path: string
  /** Whether to make the store when its file is missing or empty, which is UNAVAILABLE otherwise. By default true. */
  readonly create?: boolean | undefined
  /** What survives the loss of power, not only of the process: `full` flushes every commit to disk. By default `normal`. */
  readonly durability?: Durability | undefined
  /**
   * Bytes of the file to map into memory, which spares lookups a system call each, and counts as resident memory as far
   * as they are used. By default 256 MiB, 2147418112 at most.
   */
  readonly mmapBytes?: number | undefined
  /** Milliseconds to wait for another process that is writing before a call is BUSY. By default 5000. */
  readonly busyTimeoutMs?: number | undefined
  readonly env?: Env | undefined
}

/**
 * Opens the store kept in one SQLite file, bringing its schema up to date first. UNAVAILABLE when the file cannot be
 * had, CORRUPT when it is not a database, SCHEMA when it is a database of something else or of a newer version; then
 * it is not touched.
 */
export async function sqliteStore(options: SqliteStoreOptions): Promise<ConsensusStore> {
  const {
    path,
    create = true,
    durability = 'normal',
    mmapBytes = DEFAULT_MMAP_BYTES,
    busyTimeoutMs = 5_000,
    env = systemEnv,
  } = checkOptions(options, 'options')
  if (typeof path !== 'string' || path === '')
    throw invalid('path', 'must be the path of a file, or :memory:')
  flag(create, 'create')
  oneOf(durability, ['normal', 'full'], 'durability')
  count(mmapBytes, 'mmapBytes', 0, 2_147_418_112)
  count(busyTimeoutMs, 'busyTimeoutMs')

  const { writing, reading, settings, release } = await open({
    path,
    create,
    tuning: { durability, mmapBytes },
    busyTimeoutMs,
    env,
  })
  const kept = path !== ':memory:'
  const hearing = ears(reading, kept)
  const reads = reader(reading, busyTimeoutMs)
  const writes = writer(writing, busyTimeoutMs, hearing.bell.ring)

  return sqlStore({
    name: 'sqlite',
    supports: { durable: kept, shared: kept },
    env,
    session: outsideSession(reads, writes),
    bulk: bulk(writes),
    ears: hearing,
    transaction: (work) => writes.exclusively((connection) => work(insideSession(connection, reads))),
    vitals: fileVitals(reading.database, settings),
    reclaim: (options) =>
      reclaimFile({ path: writing.database.name, writer: writes, busyTimeoutMs }, options),
    backup: (options) => backupFile(writing.database.name, options),
    async close() {
      hearing.close()
      await Promise.all([reads.idle(), writes.idle()])
      release()
    },
    classify,
  })
}
