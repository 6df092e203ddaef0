import { invalid, type Json } from '@consensus-store/core'
import type { Database } from 'better-sqlite3'
import { exactJson } from './exact-json.ts'
import { instantOf } from './instant.ts'
import { utf8 } from './utf8.ts'

/** Where a row stands: the file, and its table and id. */
export interface RowPlace {
  readonly file: string
  readonly row: string
}

/** One row of a legacy table. Each column is checked when it is asked for, so a broken one refuses its own row only. */
export interface LegacyRow {
  /** `undefined` for null, or where the database has no such column. INVALID when it is not UTF-8. */
  text(column: string): string | undefined
  value(column: string): unknown
  instant(column: string): number
  /** `undefined` for null. */
  optionalInstant(column: string): number | undefined
  /** The JSON in a column, `undefined` when it is null or empty. INVALID when it is broken. */
  json(column: string): Json | undefined
  /** The columns as they are, to be kept beside what was made of them. */
  kept(...columns: readonly string[]): { readonly [column: string]: Json }
}

/** None when there is no such table. */
export const columnsOf = (db: Database, table: string): ReadonlySet<string> =>
  new Set(db.prepare('select name from pragma_table_info(?)').pluck().all(table) as string[])

/** The rows of a table in the order they were written. `text` columns arrive byte for byte. */
export function* tableRows(
  db: Database,
  table: string,
  { text, other }: { text: readonly string[]; other: readonly string[] },
): Generator<LegacyRow> {
  const known = columnsOf(db, table)
  if (known.size === 0) return
  const columns = [
    ...text.map((column) => (known.has(column) ? bytes(column) : `null as ${column}`)),
    ...other.map((column) => (known.has(column) ? column : `null as ${column}`)),
  ]
  yield* legacyRows(db, `select ${columns.join(', ')} from ${table}`)
}

/** A text as its bytes: the driver would quietly replace those that are not UTF-8. */
export const bytes = (column: string, as = column): string => `cast(${column} as blob) as ${as}`

export function* legacyRows(db: Database, sql: string): Generator<LegacyRow> {
  for (const row of db.prepare(sql).iterate()) yield legacyRow(row as Record<string, unknown>)
}

function legacyRow(row: Readonly<Record<string, unknown>>): LegacyRow {
  const text = (column: string) => {
    const value = row[column] ?? undefined
    if (value === undefined || typeof value === 'string') return value
    return value instanceof Uint8Array ? utf8(value, column) : String(value)
  }
  return {
    text,
    value: (column) => row[column],
    instant: (column) => instantOf(row[column], column),
    optionalInstant: (column) => (row[column] == null ? undefined : instantOf(row[column], column)),
    json: (column) => exactJsonOf(text(column), column),
    kept: (...columns) =>
      Object.fromEntries(
        columns.flatMap((column) => (row[column] == null ? [] : [[column, plain(row[column], column)]])),
      ),
  }
}

const exactJsonOf = (text: string | undefined, column: string) =>
  text === undefined || text === '' ? undefined : exactJson(text, column)

function plain(value: unknown, column: string): Json {
  if (value instanceof Uint8Array) return utf8(value, column)
  if (typeof value === 'string' || typeof value === 'number') return value
  throw invalid(column, `is a ${typeof value}`)
}
