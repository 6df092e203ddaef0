import type { ConsensusStore, Env } from '@consensus-store/core'

/** One of the stores that are to behave alike. */
export interface Contestant {
  readonly name: string
  /** Opens an empty store whose only clock and source of ids is `env`. */
  open(env: Env): Promise<ConsensusStore>
  /** How a program opens it. */
  readonly source: {
    /** What the program has to import, as a statement. */
    readonly imports: string
    /** An expression, in which `env` is the clock. */
    readonly open: string
  }
}
