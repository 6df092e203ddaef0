import { type AliasableExpression, type InsertObject, sql } from 'kysely'
import type { Schema } from './schema.ts'
import {
  type Arguments,
  type Bound,
  bind,
  columns,
  type Kit,
  type Statement,
  statement,
} from './statement.ts'

/** Inserts rows of one table, of which a write has as many as it happens to have: one by one, or all at once. */
export interface Insertion<S, R> {
  readonly one: Statement<S & R, unknown>
  readonly many: Statement<S & { rows: readonly R[] }, unknown>
}

/** `S` is what all rows share, and is asked of the first; `R` is what each has of its own. */
interface RowKit<S, R> extends Kit<S> {
  readonly row: Arguments<R>
}

/** `insertion<Shared, Row>()(table, row)`: the columns are written once, whether their values are bound alone or as arrays. */
export const insertion =
  <S extends object, R extends object>() =>
  <T extends keyof Schema>(
    table: T,
    values: (kit: RowKit<S, R>) => InsertObject<Schema, T>,
  ): Insertion<S, R> => ({
    one: statement<S & R>()((kit) =>
      kit.db.insertInto(table).values(values({ ...kit, row: kit.arg } as unknown as RowKit<S, R>)),
    ),
    many: statement<S & { rows: readonly R[] }>()((kit) => {
      const { row, table: given } = columns<R>(kit.dialect)
      const { columns: into, selection } = selected(table, values({ ...kit, row } as unknown as RowKit<S, R>))
      return kit.db
        .insertInto(table)
        .columns(into)
        .expression(kit.db.selectFrom(sql`${given()}`.as('given')).select(selection) as never)
    }),
  })

/** The values of a row as what a select gives, and the columns they are for. */
export function selected<T extends keyof Schema>(_table: T, values: InsertObject<Schema, T>) {
  const entries = Object.entries(values) as [keyof Schema[T] & string, AliasableExpression<unknown>][]
  return {
    columns: entries.map(([column]) => column),
    selection: entries.map(([column, value]) => value.as(column)),
  }
}

/** The insertion of rows as a step of a write, or none; of one row, it is the statement for one. */
export function bindRows<S extends object, R extends object>(
  { one, many }: Insertion<S, R>,
  rows: readonly (S & R)[],
): readonly Bound[] {
  const [first] = rows
  if (!first) return []
  const each = () => rows.map((row) => bind(one, row))
  return rows.length === 1 ? each() : [{ ...bind(many, { ...first, rows }), each }]
}
