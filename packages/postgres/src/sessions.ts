import type { AnyStatement, Bound, Session } from '@consensus-store/sql'
import type { Statements } from './compiled.ts'
import { isContended, isLost, isRefused } from './errors.ts'
import { flight } from './flight.ts'
import { type Groups, groups, type Write } from './groups.ts'
import type { Answer, Line, Query } from './line.ts'
import type { LogOrder } from './log.ts'
import { lookups } from './lookups.ts'
import type { Pool } from './pool.ts'
import { type Patience, retrying } from './retrying.ts'

export interface Outside extends Session {
  /** Resolves when every write asked for so far is settled. */
  idle(): Promise<void>
}

export interface SessionOptions {
  readonly pool: Pool
  readonly statements: Statements
  readonly log: LogOrder
  /** Milliseconds during which a lost connection, or a transaction in the way, is made up for. */
  readonly retryForMs: number
}

const BEGIN: Query = { text: 'begin' }
const COMMIT: Query = { text: 'commit' }

/** What a line may have to do before a read, or a write with its flush, is worth another line. */
const READS_PER_LINE = 32
const WRITES_PER_LINE = 0

/** Large bodies gain nothing from travelling together, and hold up those they travel with. */
const LARGE_BODY = 2_048

/** Outside transactions: on whichever line has the least to do, and on another one when that is lost. */
export function outsideSession({ pool, statements, log, retryForMs }: SessionOptions): Outside {
  const patience: Patience = { retries: (error) => isLost(error) || isContended(error), forMs: retryForMs }

  const onALine = <T>(load: number, work: (line: Line) => Promise<T>) =>
    retrying(patience, async () => work(await pool.share(load)))

  const read = async <R>(statement: AnyStatement<R>, args: object): Promise<R[]> =>
    statements.rows(
      statement,
      await onALine(READS_PER_LINE, (line) => line.send(statements.query({ statement, args }))),
    )

  /** One write, or several, in one transaction. */
  const transact = async (writes: readonly Write[]): Promise<unknown[][][]> => {
    const queries = writes.map(({ steps }) => steps.map(statements.query))
    const answers = await onALine(WRITES_PER_LINE, (line) =>
      flight(line, [BEGIN, log.announce, ...queries.flat(), COMMIT]),
    )
    const left = answers.slice(2, -1)
    return writes.map(({ steps }) => rowsOf(steps, left.splice(0, steps.length)))
  }

  const alone = async (write: Write): Promise<void> => {
    try {
      write.resolve((await transact([write]))[0]!)
    } catch (error) {
      if (isRefused(error)) write.resolve(write.steps.map(() => []))
      else write.reject(error)
    }
  }

  const together = async (group: readonly Write[]): Promise<void> => {
    if (group.length === 1) return alone(group[0]!)
    try {
      const rows = await transact(group)
      for (const [i, write] of group.entries()) write.resolve(rows[i]!)
    } catch {
      // No write may suffer for another, so each of them is tried by itself, and says by itself what is wrong.
      for (const write of group) await alone(write)
    }
  }

  const rowsOf = (steps: readonly Bound[], answers: readonly Answer[]): unknown[][] =>
    steps.map(({ statement }, i) => statements.rows(statement, answers[i]!))

  const small: Groups = groups({ lanes: 2, most: 200, run: together })
  const large: Groups = groups({ lanes: 16, most: 1, run: together })

  return {
    first: async (statement, args) => (await read(statement, args))[0],
    all: read,
    lookup: lookups({
      one: async ({ one }, key) => (await read(one, { key }))[0],
      many: ({ many }, keys) => read(many, { keys }),
    }),

    async snapshot(reads) {
      const answers = await onALine(READS_PER_LINE, (line) =>
        flight(line, [
          { text: 'begin isolation level repeatable read read only' },
          ...reads.map(statements.query),
          COMMIT,
        ]),
      )
      return rowsOf(reads, answers.slice(1)) as never
    },

    write: (steps) =>
      new Promise((resolve, reject) =>
        (isLarge(steps) ? large : small).add({ steps, resolve: resolve as never, reject }),
      ),

    horizon: () => onALine(READS_PER_LINE, (line) => log.horizon(line)),

    async idle() {
      await Promise.all([small.idle(), large.idle()])
    },
  }
}

const isLarge = (steps: readonly Bound[]): boolean =>
  steps.some(({ args }) =>
    Object.values(args).some((value) => typeof value === 'string' && value.length > LARGE_BODY),
  )

/** Inside a transaction: everything on its line. `onContended` is told when the database wants the transaction run again. */
export function insideSession(
  line: Line,
  statements: Statements,
  onContended: (error: unknown) => void,
): Session {
  const watched = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      if (isContended(error)) onContended(error)
      throw error
    }
  }

  /** Within a savepoint, so that what fails leaves the transaction as it was. */
  const guarded = async (queries: readonly Query[]): Promise<Answer[]> => {
    try {
      const answers = await flight(line, [
        { text: 'savepoint step' },
        ...queries,
        { text: 'release savepoint step' },
      ])
      return answers.slice(1, -1)
    } catch (error) {
      if (!isLost(error)) await line.send({ text: 'rollback to savepoint step' })
      throw error
    }
  }

  const read = async <R>(statement: AnyStatement<R>, args: object): Promise<R[]> => {
    const [answer] = await watched(guarded([statements.query({ statement, args })]))
    return statements.rows(statement, answer!)
  }

  const rowsOf = (steps: readonly Bound[], answers: readonly Answer[]) =>
    steps.map(({ statement }, i) => statements.rows(statement, answers[i]!))

  return {
    first: async (statement, args) => (await read(statement, args))[0],
    all: read,
    lookup: async ({ one }, key) => (await read(one, { key }))[0],
    snapshot: async (reads) => rowsOf(reads, await watched(guarded(reads.map(statements.query)))) as never,

    async write(steps) {
      try {
        return rowsOf(steps, await watched(guarded(steps.map(statements.query)))) as never
      } catch (error) {
        if (isRefused(error)) return steps.map(() => []) as never
        throw error
      }
    },

    // A transaction sees the log as of its beginning, and what it has written itself.
    horizon: async () => Number.MAX_SAFE_INTEGER,
  }
}
