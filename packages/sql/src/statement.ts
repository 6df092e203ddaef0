import { type Compilable, DummyDriver, Kysely, type RawBuilder, sql } from 'kysely'
import type { RowsColumn, SqlDialect, Stored } from './dialect.ts'
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
  readonly bytes: (name: NamesOf<A, Uint8Array>) => RawBuilder<Uint8Array>
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
  /** The same row by row, where the statement is about several: for databases that have no statement for that. */
  readonly each?: () => readonly Bound[]
}

/** A statement with the values it is run with. */
export const bind = <A extends object, R>(statement: Statement<A, R>, args: A): Bound<R> => ({
  statement,
  args,
})

/** A statement as text, and how its values are found among the arguments. */
export interface Compiled {
  readonly sql: string
  values(args: object): unknown[]
}

/** The text of a statement for one database. */
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

type Kind = keyof Arguments<unknown>

const encoders = (dialect: SqlDialect): Readonly<Record<Kind, (value: never) => unknown>> => ({
  text: asIs,
  number: asIs,
  instant: dialect.instant.encode,
  flag: dialect.flag.encode,
  body: dialect.body.encode,
  bytes: asIs,
  list: dialect.list.encode,
  json: (value) => JSON.stringify(value),
})

const asIs = (value: unknown) => value

/** One builder of an argument for each kind. */
const byKind = <A>(of: (kind: Kind, name: string) => RawBuilder<unknown>): Arguments<A> => {
  const ofKind = (kind: Kind) => (name: string) => of(kind, name) as never
  return {
    text: ofKind('text'),
    number: ofKind('number'),
    instant: ofKind('instant'),
    flag: ofKind('flag'),
    body: ofKind('body'),
    bytes: ofKind('bytes'),
    list: ofKind('list'),
    json: ofKind('json'),
  }
}

function placeholders(dialect: SqlDialect): Arguments<Record<string, never>> {
  const encode = encoders(dialect)
  return byKind((kind, name) =>
    dialect.argument(kind, sql.val(new Placeholder((args) => orNull(args[name], encode[kind])))),
  )
}

const orNull = (value: unknown, encode: (value: never) => unknown) =>
  value === undefined ? null : encode(value as never)

/** The columns that a statement uses of the rows bound as `rows`, and these as a table of them. */
export function columns<R>(dialect: SqlDialect): { row: Arguments<R>; table(): RawBuilder<unknown> } {
  const encode = encoders(dialect)
  const rows = dialect.rows!
  const used = new Map<string, RowsColumn>()
  return {
    row: byKind((kind, name) => {
      const read = (args: Named) =>
        rows.bind(
          kind,
          (args.rows as Named[]).map((row) => orNull(row[name], encode[kind])),
        )
      used.set(name, { name, kind, values: sql.val(new Placeholder(read)) })
      return sql.ref(`given.${name}`)
    }),
    table: () => rows.table([...used.values()]),
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
