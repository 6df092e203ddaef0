import type { ConsensusStore, Env } from '@consensus-store/core'

/** One backend, as the suite gets hold of it. */
export interface Subject {
  /** Opens a store that is empty and shares nothing with any other. */
  open(options?: OpenOptions): Promise<ConsensusStore>

  /** A new, empty place for data. Required of a backend that `supports` being durable or shared. */
  place?(): Promise<Place>

  /**
   * For how many milliseconds after a deletion was acknowledged stores elsewhere at the same place may still find its agents, as
   * a cache's own documentation says. None unless told: who keeps no copies needs no time.
   */
  readonly staleRoutesMs?: number | undefined
}

export interface OpenOptions {
  /** The only clock the store may use, and the only source of ids for what callers give none. */
  readonly env?: Env | undefined
}

/** Somewhere data outlives the store that wrote it: a file, a schema. Disposing of it removes the data. */
export interface Place extends AsyncDisposable {
  /** Opens the data that is here, again or for the first time. */
  open(options?: OpenOptions): Promise<ConsensusStore>

  /** A module that exports `openStore`, for other processes to open the same data with. */
  readonly opener: URL
  /** What to tell `openStore`. */
  readonly location: string
}

export interface Opener {
  openStore(location: string): Promise<ConsensusStore>
}
