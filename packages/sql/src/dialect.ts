import type { ColumnDataType, DialectAdapter, Expression, QueryCompiler, RawBuilder, SqlBool } from 'kysely'
import type { Arguments } from './statement.ts'

/**
 * Everything the databases disagree about. The shared queries know nothing else of the database
 * beneath them: what is not here, they may not depend on.
 */
export interface SqlDialect {
  readonly name: string
  createAdapter(): DialectAdapter
  createQueryCompiler(): QueryCompiler

  /** What tables are qualified with, where a database has such a thing. */
  readonly schema?: string

  readonly columns: Columns
  /** Ends the `create table` of a small table whose rows are found by their key. */
  readonly keyedTable: RawBuilder<unknown>
  /** Ends the `create table` of a table of large rows. */
  readonly heapTable: RawBuilder<unknown>
  /** A name that no other store has. Made by the database, so that a plan which is run twice names two stores. */
  readonly newIdentity: RawBuilder<string>
  /** What the first migration says besides the tables, in order. */
  readonly extras: readonly RawBuilder<unknown>[]

  readonly instant: Codec<Date>
  /** An instant in milliseconds, as a `Date` counts them. */
  milliseconds(instant: Expression<Stored<Date>>): Expression<number>
  /** The SHA-256 of a text's UTF-8, in hexadecimal. Only what writes may need it. */
  sha256(text: Expression<string>): Expression<string>
  readonly flag: Codec<boolean>
  /** A bound value, told its type where the database could not guess it. */
  argument(kind: keyof Arguments<unknown>, value: RawBuilder<unknown>): RawBuilder<unknown>
  /** Must give back every JavaScript string exactly, U+0000 and halves of surrogate pairs included. */
  readonly body: Codec<string>
  readonly list: Codec<readonly string[]>

  /** Ends a query within a write whose rows nobody may change before it is done: whoever is changing one is waited for. */
  readonly held: RawBuilder<unknown>
  /** The position the next event takes, which none had that was deleted, and the one this transaction's last event took. */
  readonly position: { readonly next: RawBuilder<number>; readonly current: RawBuilder<number> }
  /**
   * Whether this transaction's last event is of the run, whose id is said with its table. Where all steps of a write are
   * sent before the claim is answered, this is what keeps the others from happening when the claim failed.
   */
  appendedTo(runId: Expression<string>): Expression<SqlBool>
  /** Whether `column` is one of the values bound as a `list`. */
  anyOf(column: Expression<string>, list: Expression<Stored<readonly string[]>>): Expression<SqlBool>
  /** Whether `column` is one of what a query gives, each looked up in an index, however few rows the table seems to have. */
  among(column: Expression<unknown>, query: Expression<unknown>): Expression<SqlBool>
  /** How several rows are bound at once. Absent where a statement for each row costs no more. */
  readonly rows?: RowsDialect
}

export interface RowsDialect {
  /** The values of a column, encoded one by one, as what the driver binds. */
  bind(kind: keyof Arguments<unknown>, values: readonly unknown[]): unknown
  /** The rows, whose columns are bound as arrays, as a table. */
  table(columns: readonly RowsColumn[]): RawBuilder<unknown>
}

export interface RowsColumn {
  readonly name: string
  readonly kind: keyof Arguments<unknown>
  readonly values: RawBuilder<unknown>
}

export interface Columns {
  /** An id or a name, ordered by code point. */
  readonly name: ColumnType
  readonly instant: ColumnType
  readonly flag: ColumnType
  /** A whole number that grows along the whole store's log. */
  readonly position: ColumnType
  readonly body: ColumnType
  readonly bytes: ColumnType
}

/** A type of column as `create table` takes it. */
export type ColumnType = ColumnDataType | RawBuilder<unknown>

/** How values of one type are held by the driver. */
export interface Codec<T> {
  encode(value: T): Stored<T>
  decode(stored: Stored<T>): T
}

/** A `T` as the driver holds it. Branded, so that an unencoded value cannot reach a query. */
export interface Stored<T> {
  readonly [stored]: T
}
declare const stored: unique symbol

/** A codec from two plain functions. `Raw` is what the driver binds and returns. */
export const codec = <T, Raw>(encode: (value: T) => Raw, decode: (raw: Raw) => T): Codec<T> =>
  ({ encode, decode }) as unknown as Codec<T>
