import { type Compilable, DummyDriver, Kysely, type RawBuilder, sql } from 'kysely'
import type { Codec, SqlDialect, Stored } from './dialect.ts'
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
  readonly plain: <N extends keyof A & string>(name: N) => RawBuilder<NonNullable<A[N]>>
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
export const builder = <DB>(dialect: SqlDialect): Kysely<DB> =>
  new Kysely<DB>({
    dialect: {
      createAdapter: () => dialect.createAdapter(),
      createQueryCompiler: () => dialect.createQueryCompiler(),
      createDriver: () => new DummyDriver(),
      createIntrospector: () => {
        throw new Error('A builder has no database to look into')
      },
    },
  })

class Placeholder {
  readonly read: (args: Named) => unknown

  constructor(read: (args: Named) => unknown) {
    this.read = read
  }
}

function placeholders(dialect: SqlDialect): Arguments<Record<string, never>> {
  const encoded = (encode: (value: never) => unknown) => (name: string) =>
    sql.val(
      new Placeholder((args) => {
        const value = args[name]
        return value === undefined ? null : encode(value as never)
      }),
    ) as unknown as RawBuilder<never>
  const coded = <T>({ encode }: Codec<T>) => encoded(encode)

  return {
    plain: encoded((value) => value),
    instant: coded(dialect.instant),
    flag: coded(dialect.flag),
    body: coded(dialect.body),
    list: coded(dialect.list),
    json: encoded((value) => JSON.stringify(value)),
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
