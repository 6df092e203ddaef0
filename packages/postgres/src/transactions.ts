import { StoreError } from '@consensus-store/core'
import type { Session } from '@consensus-store/sql'
import type { Statements } from './compiled.ts'
import { isContended, isLost, isOvertaken, isUnsent } from './errors.ts'
import { insideSession, PositionWanted } from './inside.ts'
import type { Line, Query } from './line.ts'
import type { LogOrder } from './log.ts'
import type { Pool } from './pool.ts'
import type { Regarded } from './regarded.ts'
import { retrying } from './retrying.ts'
import { turns } from './turns.ts'

export interface TransactionOptions {
  readonly pool: Pool
  readonly statements: Statements
  readonly log: LogOrder
  /** For one attempt at a transaction. */
  regarding(): Regarded
  readonly retryForMs: number
}

const BEGIN: Query = { text: 'begin isolation level serializable' }

/** Runs `work` in a serializable transaction, and again while others get in its way or the connection is lost before it commits. */
export function transactions({ pool, statements, log, regarding, retryForMs }: TransactionOptions) {
  const patience = { retries: (error: unknown) => error instanceof Again, forMs: retryForMs }
  // However many are open, a line is left for the writes outside them.
  const open = turns(Math.max(1, pool.size - 2), retryForMs)

  return async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    try {
      return await open.take(() => retrying(patience, () => attempt(work)))
    } catch (error) {
      if (!(error instanceof Again)) throw error
      if (isLost(error.reason)) throw error.reason
      throw new StoreError('BUSY', `Other transactions kept getting in the way for ${retryForMs} ms`, {
        cause: error.reason,
      })
    }
  }

  async function attempt<T>(work: (session: Session) => Promise<T>, looksFirst = false): Promise<T> {
    try {
      return await pool.lend(async (line) => {
        try {
          const regarded = regarding()
          const settled = looksFirst ? (await log.look(line)).horizon : undefined
          const result = await perform(line, work, regarded, settled)
          await commit(line, regarded.recheck())
          return result
        } catch (error) {
          await line.rollBack()
          throw error
        }
      })
    } catch (error) {
      if (error instanceof PositionWanted) return attempt(work, true)
      if (isContended(error) || isOvertaken(error) || isLost(error)) throw new Again(error)
      throw error
    }
  }

  /** All but the commit. What got in the way counts even when `work` made do without it. */
  async function perform<T>(
    line: Line,
    work: (session: Session) => Promise<T>,
    regarded: Regarded,
    settled: number | undefined,
  ): Promise<T> {
    let interruption: { readonly reason: unknown } | undefined
    const { session, end } = insideSession(line, statements, regarded, settled, (reason) => {
      interruption ??= { reason }
    })
    try {
      await line.sendAll([BEGIN, log.announce])
      const result = await work(session)
      await end()
      if (interruption) throw interruption.reason
      return result
    } catch (error) {
      await end()
      throw interruption ? interruption.reason : error
    }
  }
}

/** Asks for the transaction to be run again, because of `reason`. */
class Again extends Error {
  readonly reason: unknown

  constructor(reason: unknown) {
    super('The transaction has to be run again', { cause: reason })
    this.reason = reason
  }
}

/** The recheck travels with the commit, which does nothing where it failed. */
async function commit(line: Line, recheck: Query | undefined): Promise<void> {
  const [rechecked, committed] = await Promise.allSettled([
    recheck && line.send(recheck),
    line.send({ text: 'commit' }),
  ])
  if (rechecked.status === 'rejected' && !isLost(rechecked.reason)) throw rechecked.reason
  if (committed.status === 'fulfilled') {
    // A transaction that had failed before answers its commit with a rollback, and without an error.
    if (committed.value.command === 'COMMIT') return
    throw new StoreError('CONFLICT', 'The transaction failed before its end')
  }
  const error = committed.reason
  if (!isLost(error) || isUnsent(error)) throw error
  // It may have happened, so it must not be run again.
  throw new StoreError(
    'UNAVAILABLE',
    `The connection was lost during a commit, so nobody knows if it happened: ${(error as Error).message}`,
    { cause: error },
  )
}
