/** One piece of work, done in several ways that are timed against each other. */
export interface Trial {
  readonly title: string
  /** Operations one run of the work makes: 100 when it is a hundred callers at once. By default 1. */
  readonly operations?: number
  readonly variants: Readonly<Record<string, Prepare>>
  /** The variant the others are compared with. */
  readonly baseline: string
  readonly goals?: readonly Goal[]
}

/** Makes one variant ready. None of it is timed. */
export type Prepare = () => Promise<Prepared>

/** A variant that is ready to be timed. */
export interface Prepared {
  /** The work. What it returns is awaited within the time, so it may be a promise or not. */
  run(): unknown
  /** Told how many runs come next, for work that uses something up. Not timed. */
  restock?(runs: number): void | Promise<void>
  close?(): void | Promise<void>
}

/** A ratio to reach. */
export interface Goal {
  readonly variant: string
  /** Another variant than the baseline, to be compared with that one. */
  readonly against?: string
  readonly atLeast: number
  readonly aim: number
}
