import { StoreError } from '@consensus-store/core'
import type { Session } from '@consensus-store/sql'
import type { Statements } from './compiled.ts'
import { isContended, isLost } from './errors.ts'
import { flight } from './flight.ts'
import type { Line } from './line.ts'
import type { LogOrder } from './log.ts'
import type { Pool } from './pool.ts'
import { retrying } from './retrying.ts'
import { insideSession } from './sessions.ts'

export interface TransactionOptions {
  readonly pool: Pool
  readonly statements: Statements
  readonly log: LogOrder
  readonly retryForMs: number
}

/** Runs `work` in a serializable transaction, and again while others get in its way or the connection is lost before it commits. */
export function transactions({ pool, statements, log, retryForMs }: TransactionOptions) {
  const patience = { retries: (error: unknown) => error instanceof Again, forMs: retryForMs }

  return async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    try {
      return await retrying(patience, () => pool.lend((line) => attempt(line, work)))
    } catch (error) {
      if (!(error instanceof Again)) throw error
      if (isLost(error.reason)) throw error.reason
      throw new StoreError('BUSY', `Other transactions kept getting in the way for ${retryForMs} ms`, {
        cause: error.reason,
      })
    }
  }

  async function attempt<T>(line: Line, work: (session: Session) => Promise<T>): Promise<T> {
    let contended: unknown
    try {
      await flight(line, [{ text: 'begin isolation level serializable' }, log.announce])
      const session = insideSession(line, statements, (error) => {
        contended = error
      })
      const result = await work(session)
      if (contended) throw contended
      await commit(line)
      return result
    } catch (error) {
      if (line.alive) await line.send({ text: 'rollback' }).catch(() => undefined)
      if (contended) throw new Again(contended)
      throw error
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

async function commit(line: Line): Promise<void> {
  try {
    const { command } = await line.send({ text: 'commit' })
    // A transaction that had failed before answers its commit with a rollback, and without an error.
    if (command !== 'COMMIT') throw new StoreError('CONFLICT', 'The transaction failed before its end')
  } catch (error) {
    if (isContended(error)) throw new Again(error)
    throw error
  }
}
