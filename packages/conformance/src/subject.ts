import type { ConsensusStore, Env } from '@consensus-store/core'

/** One backend, as the suite gets hold of it. */
export interface Subject {
  /** Opens a store that is empty and shares nothing with any other. */
  open(options?: OpenOptions): Promise<ConsensusStore>

  /** A new, empty place for data. Required of a backend that `supports` being durable or shared. */
  place?(): Promise<Place>

  /** A new, empty place whose data can be got at beneath the store, which nobody else should do. Without it, no test does damage. */
  damageable?(): Promise<DamageablePlace>

  /** Opens a new store with what a backup by this backend holds; needed of one whose backups are not bundles. */
  restore?(file: string, options?: OpenOptions): Promise<ConsensusStore>

  /**
   * For how many milliseconds after a deletion was acknowledged stores elsewhere at the same place may still find its agents, as
   * a cache's own documentation says. By default none: who keeps no copies needs no time.
   */
  readonly staleRoutesMs?: number | undefined
}

/** What the suite opens a store with. */
export interface OpenOptions {
  /** The only clock the store may use, and the only source of ids for what callers give none. */
  readonly env?: Env | undefined
}

/** Somewhere data outlives the store that wrote it: a file, a schema. Disposing of it removes the data. */
export interface Place extends AsyncDisposable {
  /** Opens the data that is here, again or for the first time. */
  open(options?: OpenOptions): Promise<ConsensusStore>

  /** Bytes that are taken here, as the file system or the server says, if anybody can tell. */
  bytes?(): Promise<number>

  /** A module that exports `openStore`, for other processes to open the same data with. */
  readonly opener: URL
  /** What to tell `openStore`. */
  readonly location: string
}

/** A place that keeps the tables of `docs/data-model.md`, for tests of what becomes of damage. */
export interface DamageablePlace extends Place {
  /** Runs a statement beneath the store, held to no constraint between tables. */
  damage(statement: string): Promise<void>
  /** From now on whoever writes a row or an event of these runs fails, and whoever writes a body. */
  freeze(runIds: readonly string[]): Promise<void>
}

/** A module by which other processes open the same data. */
export interface Opener {
  openStore(location: string): Promise<ConsensusStore>
}
