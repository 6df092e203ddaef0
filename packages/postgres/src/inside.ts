import { invalid } from '@consensus-store/core'
import type { AnyStatement, Session } from '@consensus-store/sql'
import { rowsOf, type Statements } from './compiled.ts'
import { isContended, isLost, isOvertaken, isRefused } from './errors.ts'
import type { Answer, Line, Query } from './line.ts'
import type { Regarded } from './regarded.ts'

export interface Inside {
  readonly session: Session
  /** Waits for what was asked for, and takes no more: it would happen behind the transaction's end. */
  end(): Promise<void>
}

/**
 * The transaction has to begin again, with a look at how far the log is settled: what is settled by now is not all in what
 * the transaction sees, and looking first every time would be for nothing nearly every time.
 */
export class PositionWanted extends Error {}

const SAVEPOINT: Query = { text: 'savepoint step' }
const RELEASE: Query = { text: 'release savepoint step' }
const ROLLBACK: Query = { text: 'rollback to savepoint step' }

/**
 * Inside a transaction: everything on its line, one call at a time, so that what one undoes is not another's. `settled` is
 * how far the log was settled before it began, if somebody looked.
 * `onInterrupted` is told what keeps the transaction from being committed, whatever is made of it.
 */
export function insideSession(
  line: Line,
  statements: Statements,
  regarded: Regarded,
  settled: number | undefined,
  onInterrupted: (reason: unknown) => void,
): Inside {
  let last: Promise<unknown> = Promise.resolve()
  let ended = false

  /** A read that fails is the end of its transaction, whatever is made of it: there is little that a read can fail of. */
  async function look(queries: readonly Query[]): Promise<Answer[]> {
    try {
      return await line.sendAll(queries)
    } catch (error) {
      onInterrupted(error)
      throw error
    }
  }

  /** Within a savepoint, so that what fails leaves the transaction as it was. */
  async function step(queries: readonly Query[]): Promise<Answer[]> {
    try {
      const answers = await line.sendAll([SAVEPOINT, ...queries, RELEASE])
      return answers.slice(1, -1)
    } catch (error) {
      if (isContended(error) || isLost(error)) onInterrupted(error)
      // Where there is no way back to the savepoint, there is none forward either.
      if (!isLost(error)) await line.send(ROLLBACK).catch(() => onInterrupted(error))
      throw error
    }
  }

  function inTurn(way: typeof step, queries: readonly Query[]): Promise<Answer[]> {
    const turn = last.then(() => {
      if (ended) throw invalid('tx', 'was used after its transaction ended')
      return way(queries)
    })
    last = turn.catch(() => undefined)
    return turn
  }

  const read = async <R>(statement: AnyStatement<R>, args: object): Promise<R[]> => {
    const [answer] = await inTurn(look, [statements.query({ statement, args })])
    const rows = statements.rows(statement, answer!)
    regarded.read(args, rows)
    return rows
  }

  const session: Session = {
    first: async (statement, args) => (await read(statement, args))[0],
    all: read,
    lookup: async ({ one }, key) => (await read(one, { key }))[0],
    async snapshot(reads) {
      for (const { args } of reads) regarded.read(args, [])
      return rowsOf(statements, reads, await inTurn(look, reads.map(statements.query))) as never
    },

    async write(steps) {
      regarded.wrote(steps[0])
      try {
        return rowsOf(statements, steps, await inTurn(step, steps.map(statements.query))) as never
      } catch (error) {
        // The transaction could look as often as it likes, and would not see what it is told of.
        if (isOvertaken(error)) onInterrupted(error)
        else if (isRefused(error)) return steps.map(() => []) as never
        throw error
      }
    },

    // A transaction sees the log as of its beginning, and what it has written itself.
    horizon: async () => Number.MAX_SAFE_INTEGER,

    async position() {
      if (settled !== undefined) return settled
      const wanted = new PositionWanted()
      onInterrupted(wanted)
      throw wanted
    },
  }

  return {
    session,
    async end() {
      await last
      ended = true
    },
  }
}
