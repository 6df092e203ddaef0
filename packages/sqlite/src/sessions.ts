import { type Bound, type Lookup, lookups, type Session } from '@consensus-store/sql'
import { type Connection, runSteps } from './connection.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** Outside transactions: reads and writes each go their own way. */
export function outsideSession(reader: Reader, writer: Writer): Session {
  const one = <R>({ one }: Lookup<R>, key: string) =>
    reader.read((connection) => connection.first(one, { key }))
  const together = lookups({
    one,
    many: ({ many }, keys) => reader.read((connection) => connection.all(many, { keys })),
  })

  return {
    first: (statement, args) => reader.read((connection) => connection.first(statement, args)),
    all: (statement, args) => reader.read((connection) => connection.all(statement, args)),
    // The first of a tick does not wait to see whether it stays alone.
    lookup: (lookup, key) => (reader.hasRead() ? together(lookup, key) : one(lookup, key)),
    snapshot: (reads) => reader.snapshot((connection) => runReads(connection, reads)) as never,
    write: (steps) => writer.write(steps) as never,
    horizon: writersTakeTurns,
    position: () => committedPosition(reader),
  }
}

/** Inside a transaction: everything on the connection that holds it. */
export const insideSession = (connection: Connection, reader: Reader): Session => ({
  first: async (statement, args) => connection.first(statement, args),
  all: async (statement, args) => connection.all(statement, args),
  lookup: async ({ one }, key) => connection.first(one, { key }),
  snapshot: async (reads) => runReads(connection, reads) as never,
  write: async (steps) => withinSavepoint(connection, () => runSteps(connection, steps)) as never,
  horizon: writersTakeTurns,
  // What is committed is what there was when the transaction began: nobody else can have written since.
  position: () => committedPosition(reader),
})

const committedPosition = (reader: Reader): Promise<number> =>
  reader.read((connection) => connection.position())

/** One writer commits after the other, so what is committed is settled. */
const writersTakeTurns = async () => Number.MAX_SAFE_INTEGER

const runReads = (connection: Connection, reads: readonly Bound[]) =>
  reads.map(({ statement, args }) => connection.all(statement, args))

/** So that a write which fails half-way leaves nothing behind in a transaction that goes on. */
function withinSavepoint<T>({ database }: Connection, work: () => T): T {
  return database.transaction(work)()
}
