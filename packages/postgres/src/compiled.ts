import { hash } from 'node:crypto'
import { type AnyStatement, type Bound, compile, type SqlDialect } from '@consensus-store/sql'
import type { Answer, Query } from './line.ts'

/** Statements as queries, each compiled once, and read back. */
export interface Statements {
  query(bound: Bound): Query
  rows<R>(statement: AnyStatement<R>, answer: Answer): R[]
}

/** With `named`, the server prepares each statement once per connection; a transaction pooler in between forbids that. */
export function statements(dialect: SqlDialect, named: boolean): Statements {
  const compiled = new Map<AnyStatement, Prepared>()

  function prepare(statement: AnyStatement): Prepared {
    const known = compiled.get(statement)
    if (known) return known
    const { sql, values } = compile(statement, dialect)
    const fresh = { text: sql, name: named ? `cs_${hash('sha1', sql)}` : undefined, values }
    compiled.set(statement, fresh)
    return fresh
  }

  return {
    query({ statement, args }) {
      const { text, name, values } = prepare(statement)
      return { text, name, values: values(args) }
    },
    rows: (statement, { rows }) => rows.map((row) => statement.decode(row as never, dialect)),
  }
}

/** The rows of several statements, statement by statement. */
export const rowsOf = (
  statements: Statements,
  bounds: readonly Bound[],
  answers: readonly Answer[],
): unknown[][] => bounds.map(({ statement }, i) => statements.rows(statement, answers[i]!))

interface Prepared {
  readonly text: string
  readonly name: string | undefined
  values(args: object): unknown[]
}
