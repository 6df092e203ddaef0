import { codec, type SqlDialect } from '@consensus-store/sql'
import { PostgresAdapter, PostgresQueryCompiler, type RawBuilder, type SqlBool, sql } from 'kysely'
import { decodeBody, encodeBody } from './body.ts'
import { decodeInstant, encodeInstant } from './instant.ts'
import { textArray } from './text-array.ts'

const TEXT = sql`text`

/** Types of arguments, said where Postgres could not tell: in a select list that feeds an insert. */
const types = {
  text: TEXT,
  json: TEXT,
  body: TEXT,
  bytes: sql`bytea`,
  number: sql`bigint`,
  instant: sql`timestamptz`,
  flag: sql`boolean`,
  list: sql`text[]`,
} as const satisfies Record<string, RawBuilder<unknown>>

/** The dialect for tables in `schema`, whose name was checked. */
export function postgresDialect(schema: string): SqlDialect {
  const position = sql.lit(`"${schema}"."${POSITION_SEQUENCE}"`)
  const event = sql.table(`${schema}.event`)
  const current = sql<number>`currval(${position})`

  return {
    name: 'postgres',
    schema,
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),

    columns: {
      name: sql`text collate "C"`,
      instant: 'timestamptz',
      flag: 'boolean',
      position: 'bigint',
      body: 'text',
      bytes: 'bytea',
    },
    keyedTable: sql``,
    heapTable: sql``,
    newIdentity: sql<string>`gen_random_uuid()::text`,
    extras: [
      sql`create sequence ${sql.table(`${schema}.${POSITION_SEQUENCE}`)} minvalue 0`,
      // As if 0 were taken, so that a position is always greater than the last one before it was taken.
      sql`select setval(${position}, 0)`,
      // Who waits for events, and until when writers are to say that there are some.
      sql`create table ${sql.table(`${schema}.${LISTENER_TABLE}`)} (id text primary key, until timestamptz not null)`,
      // Bodies are written once and mostly read whole: compressing them costs a third of the writes.
      sql`alter table ${sql.table(`${schema}.body`)} alter column text set storage external`,
      // What is compressed already only costs time to compress again.
      sql`alter table ${sql.table(`${schema}.archive`)} alter column bundle set storage external`,
    ],

    argument: (kind, value) => sql`cast(${value} as ${types[kind]})`,
    instant: codec<Date, string>(encodeInstant, decodeInstant),
    milliseconds: (instant) => sql<number>`cast(floor(extract(epoch from ${instant}) * 1000) as bigint)`,
    sha256: (text) => sql<string>`encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`,
    flag: codec<boolean, boolean>(
      (flag) => flag,
      (raw) => raw,
    ),
    body: codec<string, string>(encodeBody, decodeBody),
    list: codec<readonly string[], readonly string[]>(
      (list) => list,
      (raw) => raw,
    ),

    held: sql`for share`,
    position: { next: sql<number>`nextval(${position})`, current },
    // Selected, the volatile `currval` is asked once and can be looked up in an index; otherwise every event is compared.
    appendedTo: (runId) => sql<SqlBool>`exists (
      select from ${event} as appended where appended.run_id = ${runId} and appended.position = (select ${current}))`,
    among: (column, query) => sql<SqlBool>`${column} = any(array(${query}))`,
    anyOf: (column, list) => sql<SqlBool>`${column} = any(${list})`,
    rows: {
      bind: (kind, values) =>
        types[kind] === TEXT ? textArray(values as readonly (string | null)[]) : values,
      table: (columns) => sql`(
        select * from unnest(${sql.join(columns.map(({ kind, values }) => sql`cast(${values} as ${types[kind]}[])`))})
          as rows(${sql.join(columns.map(({ name }) => sql.id(name)))}))`,
    },
  }
}

export const POSITION_SEQUENCE = 'event_position'
export const LISTENER_TABLE = 'listener'
