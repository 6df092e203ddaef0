import type { Bundle } from './bundle.ts'
import type { Page, PageQuery } from './page.ts'
import type { Run } from './run.ts'

/** A run that was moved out of the tables everybody reads: its bundle, compressed, with a checksum. */
export interface Archive {
  readonly runId: string
  readonly archivedAt: Date
  /** Of the compressed bundle, as it is kept. */
  readonly bytes: number
  /** Of the bundle as one line of UTF-8, before it was compressed. */
  readonly bundleBytes: number
  /** Of the compressed bundle: `sha256:` and 64 hexadecimal digits. */
  readonly checksum: string
}

/** An archive as it is kept. */
export interface KeptArchive extends Archive {
  /** When the run was concluded, or when its last event happened if it was abandoned. */
  readonly endedAt: Date
  readonly compressed: Uint8Array
}

/** An archive with the bundle that is in it, unpacked. */
export interface ArchiveWithBundle extends Archive {
  readonly bundle: Bundle
}

/** What left the hot tables with a run, for those who kept copies. */
export interface ArchivedRun extends Archive {
  /** Every agent that was spawned in the run, in the order of code points. */
  readonly agentIds: readonly string[]
}

/** Where archives are also kept, outside the store. */
export interface ArchiveFolder {
  /**
   * Keeps an archive, whole or not at all, before its run leaves the hot tables. One that is kept already is left as it is;
   * CONFLICT when what is kept in its place is another.
   */
  keep(archive: Archive, compressed: Uint8Array): Promise<void>
  /** Rejects, as `keep` would, when nothing can be kept now. Asked before anything is begun that may come to keep archives. */
  check?(): Promise<void>
}

/** Where to keep an archive besides. */
export interface ArchivingOptions {
  /** Where the archive is also kept, before any row goes. */
  readonly folder?: ArchiveFolder | undefined
}

/** Runs that left the hot tables whole, and come back whole. */
export interface Archives {
  /**
   * Moves an ended run into an archive, all or nothing; it still answers `runs.get`, with `archivedAt`. An archived run stays
   * as it is, and comes into the folder if it is not there. Or it stays where it is: NOT_FOUND if unknown, CONFLICT while it is
   * running, pinned, or has an execution that has not ended, CORRUPT when its rows are not what its log tells, UNSUPPORTED when
   * its bundle is too large for one line, or Node too old. And when the folder does not keep it: FULL without room there,
   * UNAVAILABLE when it is gone or read-only, CONFLICT when a file of that name holds something else.
   */
  add(runId: string, options?: ArchivingOptions): Promise<ArchivedRun>
  /** The archive of a run, unpacked and checked; `undefined` if there is none. CORRUPT when it is damaged. */
  get(runId: string): Promise<ArchiveWithBundle | undefined>
  /** Last archived first, without their bundles. */
  list(query?: PageQuery): Promise<Page<Archive>>
  /**
   * Brings an archived run back with all it owned, and gives it. Its events take new positions, behind all others: who follows
   * the log meets them again. A run that is not archived stays as it is. NOT_FOUND if
   * unknown, CORRUPT when the archive is damaged, CONFLICT when an id it owns was used again; then nothing changes.
   */
  restore(runId: string): Promise<Run>
}
