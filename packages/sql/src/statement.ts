import { type Compilable, DummyDriver, Kysely, type RawBuilder, sql } from 'kysely'
import type { SqlDialect, Stored } from './dialect.ts'
import type { Schema } from './schema.ts'

/**
 * A query written with Kysely once, compiled once per database, and prepared once per connection.
 * `A` is what it is asked with and `R` what each of its rows is read as.
 */
export interface Statement<A, R> {
  build(kit: Kit<A>): Compilable<unknown>
  decode(row: never, dialect: SqlDialect): R
}

/** What a query is built from. */
export interface Kit<A> {
  readonly db: Kysely<Schema>
  readonly dialect: SqlDialect
  readonly arg: Arguments<A>
}

/** The arguments of a statement, by how they are encoded. `undefined` is bound as null. */
export interface Arguments<A> {
  readonly text: <N extends NamesOf<A, string>>(name: N) => RawBuilder<NonNullable<A[N]>>
  readonly number: <N extends NamesOf<A, number>>(name: N) => RawBuilder<NonNullable<A[N]>>
  readonly instant: (name: NamesOf<A, Date>) => RawBuilder<Stored<Date>>
  readonly flag: (name: NamesOf<A, boolean>) => RawBuilder<Stored<boolean>>
  readonly body: (name: NamesOf<A, string>) => RawBuilder<Stored<string>>
  readonly list: (name: NamesOf<A, readonly string[]>) => RawBuilder<Stored<readonly string[]>>
  readonly json: (name: keyof A & string) => RawBuilder<string>
}

type NamesOf<A, T> = { [N in keyof A]: A[N] extends T | undefined ? N : never }[keyof A] & string

/** `statement<Args>()(build, decode)`: `Args` is said, the row is inferred. */
export const statement =
  <A = object>() =>
  <Row, R = Row>(
    build: (kit: Kit<A>) => Compilable<Row>,
    decode?: (row: Row, dialect: SqlDialect) => R,
  ): Statement<A, R> => ({ build, decode: (decode ?? ((row: Row) => row)) as Statement<A, R>['decode'] })

/** A statement whatever it is asked with. */
export interface AnyStatement<R = unknown> {
  build(kit: never): Compilable<unknown>
  decode(row: never, dialect: SqlDialect): R
}

/** A row found by its key, and the same for many keys at once. */
export interface Lookup<R> {
  readonly one: Statement<{ key: string }, R>
  readonly many: Statement<{ keys: readonly string[] }, R>
  keyOf(row: R): string
}

/** A statement with the arguments of one call. */
export interface Bound<R = unknown> {
  readonly statement: AnyStatement<R>
  readonly args: object
}

export const bind = <A extends object, R>(statement: Statement<A, R>, args: A): Bound<R> => ({
  statement,
  args,
})

export interface Compiled {
  readonly sql: string
  values(args: object): unknown[]
}

export function compile(statement: AnyStatement, dialect: SqlDialect): Compiled {
  const kit = { db: builder<Schema>(dialect), dialect, arg: placeholders(dialect) }
  const { sql, parameters } = statement.build(kit as never).compile()
  const slots = parameters.map((parameter) =>
    parameter instanceof Placeholder ? parameter.read : () => parameter,
  )
  const [only] = slots
  if (only && slots.length === 1) return { sql, values: (args) => [only(args as Named)] }
  return { sql, values: (args) => slots.map((read) => read(args as Named)) }
}

type Named = Readonly<Record<string, unknown>>

/** A Kysely that only builds: nothing can be executed through it. */
export function builder<DB>(dialect: SqlDialect): Kysely<DB> {
  const db = new Kysely<DB>({
    dialect: {
      createAdapter: () => dialect.createAdapter(),
      createQueryCompiler: () => dialect.createQueryCompiler(),
      createDriver: () => new DummyDriver(),
      createIntrospector: () => {
        throw new Error('A builder has no database to look into')
      },
    },
  })
  return dialect.schema === undefined ? db : db.withSchema(dialect.schema)
}

class Placeholder {
  readonly read: (args: Named) => unknown

  constructor(read: (args: Named) => unknown) {
    this.read = read
  }
}

function placeholders(dialect: SqlDialect): Arguments<Record<string, never>> {
  const encoded = (kind: keyof Arguments<unknown>, encode: (value: never) => unknown) => (name: string) =>
    dialect.argument(
      kind,
      sql.val(
        new Placeholder((args) => {
          const value = args[name]
          return value === undefined ? null : encode(value as never)
        }),
      ),
    ) as RawBuilder<never>
  const asIs = (value: unknown) => value

  return {
    text: encoded('text', asIs),
    number: encoded('number', asIs),
    instant: encoded('instant', dialect.instant.encode),
    flag: encoded('flag', dialect.flag.encode),
    body: encoded('body', dialect.body.encode),
    list: encoded('list', dialect.list.encode),
    json: encoded('json', (value) => JSON.stringify(value)),
  }
}

/** One statement per combination of what is asked for, made when it is first needed. */
export function variants<Shape extends object, S>(make: (shape: Shape) => S): (shape: Shape) => S {
  const made = new Map<string, S>()
  return (shape) => {
    const key = JSON.stringify(shape)
    const known = made.get(key)
    if (known) return known
    const fresh = make(shape)
    made.set(key, fresh)
    return fresh
  }
}
