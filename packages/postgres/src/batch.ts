import pg from 'pg'
import type { Answer, Query } from './line.ts'
import { parsers } from './parsers.ts'

/**
 * Several queries as one for pg to send: behind a single Sync, so that the server skips the rest when one fails, even
 * the one that was to begin a transaction. Otherwise pg puts a Sync behind each.
 */
export function batch(queries: readonly Query[]): {
  readonly query: pg.Query
  readonly answers: Promise<Answer[]>
} {
  const { promise: answers, resolve, reject } = Promise.withResolvers<Answer[]>()
  const parts = queries.map(part)
  /** The part that the server answers next. */
  let at = 0

  const inner: Inner = {
    submit(connection) {
      const unsynced: Connection = Object.create(connection, { sync: { value: () => undefined } })
      connection.stream.cork()
      for (const part of parts) part.prepare(unsynced)
      connection.sync()
      connection.stream.uncork()
      return null
    },
    handleRowDescription: (message) => parts[at]!.handleRowDescription(message),
    handleDataRow: (message) => parts[at]!.handleDataRow(message),
    handleCommandComplete(message, connection) {
      parts[at]!.handleCommandComplete(message, connection)
      at += 1
    },
    handleError(error, connection) {
      // What was skipped was not prepared either, though pg believes so from when it was sent.
      for (const { name } of parts.slice(at)) {
        if (name && !connection.parsedStatements[name]) delete connection.submittedNamedStatements[name]
      }
      reject(error)
    },
    handleReadyForQuery() {
      const unread = parts.find((part) => part._canceledDueToError)
      if (unread) reject(unread._canceledDueToError)
      else resolve(parts.map((part) => part._result))
    },
  }
  const query = Object.defineProperties(Object.assign(new pg.Query({ text: '' }), inner), {
    // By these pg notes down what the server has prepared.
    name: { get: () => parts[at]?.name },
    text: { get: () => parts[at]?.text },
  })
  return { query, answers }
}

function part(query: Query): Part {
  const part = new pg.Query(query as pg.QueryConfig) as unknown as Part
  part._result._types = parsers
  part.callback = () => undefined
  return part
}

/** What pg's client asks of a query, and what a query asks of its connection; the types of pg keep it to themselves. */
interface Inner {
  submit(connection: Connection): null
  handleRowDescription(message: unknown): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, connection: Connection): void
  handleError(error: unknown, connection: Connection): void
  handleReadyForQuery(connection: Connection): void
}

interface Part extends Inner {
  readonly name: string | undefined
  readonly text: string
  readonly _result: Answer & { _types: pg.CustomTypesConfig }
  readonly _canceledDueToError: unknown
  callback: () => void
  prepare(connection: Connection): void
}

interface Connection {
  readonly stream: { cork(): void; uncork(): void }
  readonly parsedStatements: Record<string, string>
  readonly submittedNamedStatements: Record<string, string>
  sync(): void
}
