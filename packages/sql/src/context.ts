import type { Env } from '@consensus-store/core'
import type { Steps } from './claim.ts'
import type { Bound, Lookup, Statement } from './statement.ts'

/** What every noun is given, inside a transaction the same as outside. */
export interface SqlContext {
  readonly session: Session
  readonly env: Env
}

/** How statements reach the database. A backend has one for everybody, and one for each open transaction. */
export interface Session {
  /** The first row, if any. Reads asked for in one tick may travel together. */
  first<A extends object, R>(statement: Statement<A, R>, args: A): Promise<R | undefined>
  all<A extends object, R>(statement: Statement<A, R>, args: A): Promise<R[]>
  /** The row with this key, if any. What is looked up in one tick may become one statement. */
  lookup<R>(lookup: Lookup<R>, key: string): Promise<R | undefined>

  /** The rows of several reads, all as of one moment. */
  snapshot<const S extends readonly Bound[]>(reads: S): Promise<RowsOf<S>>

  /**
   * Several statements in one transaction, known whole beforehand so that they can travel as one. When the first, the claim,
   * gives no row, none of the others happens. Resolves when all is committed.
   */
  write<const S extends Steps>(steps: S): Promise<RowsOf<S>>

  /** The position up to which the store's log is settled: whatever is read from now on, nothing appears behind it. */
  horizon(): Promise<number>

  /** As `events.position`: for who follows the log from now on. */
  position(): Promise<number>
}

/** The rows that each step of a write gives. */
export type RowsOf<S extends readonly Bound[]> = { [I in keyof S]: S[I] extends Bound<infer R> ? R[] : never }
