import { type AnyStatement, type Bound, lookups, type Session, type Steps } from '@consensus-store/sql'
import type { claimLocks } from './claims.ts'
import { rowsOf, type Statements } from './compiled.ts'
import { isContended, isLost, isRefused, isUnprepared } from './errors.ts'
import { flight } from './flight.ts'
import { groups, type Write } from './groups.ts'
import type { Line, Query } from './line.ts'
import type { LogOrder, Look } from './log.ts'
import type { Pool } from './pool.ts'
import { type Patience, retrying } from './retrying.ts'

export interface OutsideOptions {
  readonly pool: Pool
  readonly statements: Statements
  readonly log: LogOrder
  readonly locks: ReturnType<typeof claimLocks>
  /** Milliseconds during which a lost connection, or a transaction in the way, is made up for. */
  readonly retryForMs: number
  /** Is told what every look at the log shows. */
  looked(look: Look): void
}

// Said, because a database or a user may have another default. Decision 0023 says why not serializable.
const BEGIN: Query = { text: 'begin isolation level read committed' }

/** What a line may have to do before a read is worth another line. */
const READS_PER_LINE = 32

/** Large bodies gain nothing from travelling together, and hold up those they travel with. */
const LARGE_BODY = 2_048

/**
 * Outside transactions: reads on whichever line has the least to do, writes on one of their own, because they may have to
 * wait for locks; and on another one when that is lost, because they may be repeated.
 */
export function outsideSession(options: OutsideOptions): Session {
  const { pool, statements, log, locks, retryForMs, looked } = options
  const passes = (error: unknown) => isLost(error) || isContended(error) || isUnprepared(error)
  const patience: Patience = { retries: passes, forMs: retryForMs }

  const onALine = <T>(work: (line: Line) => Promise<T>) =>
    retrying(patience, async () => work(await pool.share(READS_PER_LINE)))

  const read = async <R>(statement: AnyStatement<R>, args: object): Promise<R[]> =>
    statements.rows(statement, await onALine((line) => line.send(statements.query({ statement, args }))))

  async function horizon(): Promise<number> {
    const look = await onALine((line) => log.look(line))
    looked(look)
    return look.horizon
  }

  /** One write, or several, in one transaction. */
  const transact = async (writes: readonly Write[]): Promise<unknown[][][]> => {
    const before = [BEGIN, log.announce, ...locks(writes.map(({ steps }) => steps[0]))]
    const queries = writes.flatMap(({ steps }) => steps.map(statements.query))
    const answers = await retrying(patience, () => pool.lend((line) => flight(line, [...before, ...queries])))
    const left = answers.slice(before.length)
    return writes.map(({ steps }) => rowsOf(statements, steps, left.splice(0, steps.length)))
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
    } catch (error) {
      // What kept all of them waiting in vain would only do so again.
      if (passes(error)) for (const write of group) write.reject(error)
      // Else no write may suffer for another: each of them is tried by itself, and says by itself what is wrong.
      else for (const write of group) single.add(write)
    }
  }

  const small = groups({ lanes: 2, most: 200, run: together })
  const single = groups({ lanes: 16, most: 1, run: together })

  return {
    first: async (statement, args) => (await read(statement, args))[0],
    all: read,
    lookup: lookups({
      one: async ({ one }, key) => (await read(one, { key }))[0],
      many: ({ many }, keys) => read(many, { keys }),
    }),

    async snapshot(reads) {
      const answers = await onALine((line) =>
        flight(line, [
          { text: 'begin isolation level repeatable read read only' },
          ...reads.map(statements.query),
        ]),
      )
      return rowsOf(statements, reads, answers.slice(1)) as never
    },

    write: (steps) =>
      new Promise((resolve, reject) =>
        (isLarge(steps) || isOfMany(steps) ? single : small).add({
          steps,
          resolve: resolve as never,
          reject,
        }),
      ),

    horizon,
    position: horizon,
  }
}

const isLarge = (steps: readonly Bound[]): boolean => steps.some(({ args }) => holdsLarge(args))

/** Whoever deletes many runs at once takes longer than those who write to one, and they would wait for it. */
const isOfMany = ([{ claims }]: Steps): boolean => 'runIds' in claims && claims.runIds.length > 1

const holdsLarge = (args: object): boolean =>
  Object.values(args).some((value) =>
    typeof value === 'string' || value instanceof Uint8Array
      ? value.length > LARGE_BODY
      : Array.isArray(value) && value.some(isLargeItem),
  )

/** A row of several, or an item of a list. */
const isLargeItem = (item: unknown): boolean =>
  typeof item === 'object' && item !== null ? holdsLarge(item) : String(item).length > LARGE_BODY
