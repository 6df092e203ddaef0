import { type AnyStatement, type Bound, compile } from '@consensus-store/sql'
import type { Database, Statement } from 'better-sqlite3'
import { LAST_POSITION, sqlite } from './dialect.ts'

/** One connection, with every statement prepared once. All of it is synchronous. */
export interface Connection {
  readonly database: Database
  first<R>(statement: AnyStatement<R>, args: object): R | undefined
  all<R>(statement: AnyStatement<R>, args: object): R[]
  /** The last position that was taken. */
  position(): number
  /** Another number when another connection has committed since it was asked before. */
  dataVersion(): number
  begin(): void
  beginImmediate(): void
  commit(): void
  rollback(): void
}

interface Prepared {
  readonly statement: Statement
  values(args: object): unknown[]
}

export function connection(database: Database): Connection {
  const prepared = new Map<AnyStatement, Prepared>()
  const begin = database.prepare('begin')
  const beginImmediate = database.prepare('begin immediate')
  const commit = database.prepare('commit')
  const rollback = database.prepare('rollback')
  const position = database.prepare(LAST_POSITION).pluck()
  const dataVersion = database.prepare('pragma data_version').pluck()

  function prepare(statement: AnyStatement): Prepared {
    const known = prepared.get(statement)
    if (known) return known
    const { sql, values } = compile(statement, sqlite)
    const fresh = { statement: database.prepare(sql), values }
    prepared.set(statement, fresh)
    return fresh
  }

  return {
    database,

    first(statement, args) {
      const { statement: compiled, values } = prepare(statement)
      const row = compiled.get(values(args))
      return row === undefined ? undefined : statement.decode(row as never, sqlite)
    },

    all(statement, args) {
      const { statement: compiled, values } = prepare(statement)
      if (!compiled.reader) {
        compiled.run(values(args))
        return []
      }
      return compiled.all(values(args)).map((row) => statement.decode(row as never, sqlite))
    },

    position: () => position.get() as number,
    dataVersion: () => dataVersion.get() as number,

    begin: () => void begin.run(),
    beginImmediate: () => void beginImmediate.run(),
    commit: () => void commit.run(),
    rollback: () => {
      // SQLite has rolled back by itself after some errors, a full disk among them.
      if (!database.inTransaction) return
      try {
        rollback.run()
      } catch {
        // What made us roll back is the error to report; this connection will say again that it is broken.
      }
    },
  }
}

/** Runs the steps of one write within a transaction that is open. When the claim gives no row, nothing else runs. */
export function runSteps(
  connection: Connection,
  [claim, ...others]: readonly [Bound, ...Bound[]],
): unknown[][] {
  const claimed = connection.all(claim.statement, claim.args)
  if (claimed.length === 0) return [[], ...others.map(() => [])]
  return [claimed, ...others.map((step) => runStep(connection, step))]
}

/** Prepared statements cost nothing to send, so several rows are a statement each. */
function runStep(connection: Connection, { statement, args, each }: Bound): unknown[] {
  return each
    ? each().flatMap((row) => connection.all(row.statement, row.args))
    : connection.all(statement, args)
}
