import type { Bound, Statement } from './statement.ts'

/** What a write begins with. It says whose run it is about to change, so that the run can be locked beforehand. */
export interface Claim<R = unknown> extends Bound<R> {
  readonly claims: Claimed
}

/** The steps of a write. */
export type Steps = readonly [Claim, ...Bound[]]

/** Runs, of which a write to something else claims none; or the run of an agent. */
export type Claimed = ClaimedRuns | { readonly agentId: string }

interface ClaimedRuns {
  readonly runIds: readonly string[]
  /**
   * Whether the claim rests on rows of other tables, and no key would refuse what it overlooks there. Where writers do not take
   * turns, a statement that waits for a run sees such rows as they were before it waited: so the run is locked first.
   */
  readonly looksBeyond?: boolean
}

export const claim = <A extends object, R>(
  claims: Claimed,
  statement: Statement<A, R>,
  args: A,
): Claim<R> => ({ statement, args, claims })

export const ofRun = (id: string): Claimed => ({ runIds: [id] })

/** As `ofRun`, for a claim that rests on more than the run's row. */
export const allOfRun = (id: string): Claimed => ({ runIds: [id], looksBeyond: true })

export const OF_NO_RUN: Claimed = { runIds: [] }
