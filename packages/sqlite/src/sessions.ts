import type { Bound, Session } from '@consensus-store/sql'
import { type Connection, runSteps } from './connection.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** Outside transactions: reads and writes each go their own way. */
export const outsideSession = (reader: Reader, writer: Writer): Session => ({
  first: (statement, args) => reader.read((connection) => connection.first(statement, args)),
  all: (statement, args) => reader.read((connection) => connection.all(statement, args)),
  snapshot: (reads) => reader.snapshot((connection) => runReads(connection, reads)) as never,
  write: (steps) => writer.write(steps) as never,
})

/** Inside a transaction: everything on the connection that holds it. */
export const insideSession = (connection: Connection): Session => ({
  first: async (statement, args) => connection.first(statement, args),
  all: async (statement, args) => connection.all(statement, args),
  snapshot: async (reads) => runReads(connection, reads) as never,
  write: async (steps) => withinSavepoint(connection, () => runSteps(connection, steps)) as never,
})

const runReads = (connection: Connection, reads: readonly Bound[]) =>
  reads.map(({ statement, args }) => connection.all(statement, args))

/** So that a write which fails half-way leaves nothing behind in a transaction that goes on. */
function withinSavepoint<T>({ database }: Connection, work: () => T): T {
  return database.transaction(work)()
}
