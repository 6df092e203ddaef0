import { codec, type SqlDialect } from '@consensus-store/sql'
import { type SqlBool, SqliteAdapter, SqliteQueryCompiler, sql } from 'kysely'

/** No position is taken again when the last event is deleted. */
export const LAST_POSITION =
  'select max(highest, (select coalesce(max(position), 0) from event)) from deleted_position'

export const sqlite: SqlDialect = {
  name: 'sqlite',
  createAdapter: () => new SqliteAdapter(),
  createQueryCompiler: () => new SqliteQueryCompiler(),

  columns: {
    name: 'text',
    instant: 'integer',
    flag: 'integer',
    position: 'integer',
    body: sql`any`,
    bytes: 'blob',
  },
  keyedTable: sql`strict, without rowid`,
  heapTable: sql`strict`,
  newIdentity: sql<string>`lower(hex(randomblob(16)))`,
  // Whoever follows the log is behind a position for good, so none may come again when the last event is deleted.
  extras: [
    sql`create table deleted_position (highest integer not null) strict`,
    sql`insert into deleted_position (highest) values (0)`,
    // In one line, as every statement of a plan that is printed.
    sql.raw(
      'create trigger last_event_deleted after delete on event ' +
        'when old.position > (select coalesce(max(position), 0) from event) ' +
        'begin update deleted_position set highest = max(highest, old.position); end',
    ),
  ],

  argument: (_, value) => value,

  instant: codec<Date, number>(
    (date) => date.getTime(),
    (ms) => new Date(ms),
  ),
  // The driver binds every number as a real, which as text is another.
  milliseconds: (instant) => sql<number>`cast(${instant} as integer)`,
  // SQLite has none: `open` gives it to the connection that writes.
  sha256: (text) => sql<string>`sha256(${text})`,
  flag: codec<boolean, number>(Number, Boolean),
  // Text is UTF-8, which cannot hold half of a surrogate pair: a string with one is kept as a blob of UTF-16.
  body: codec<string, string | Buffer>(
    (text) => (text.isWellFormed() ? text : Buffer.from(text, 'utf16le')),
    (raw) => (typeof raw === 'string' ? raw : raw.toString('utf16le')),
  ),
  list: codec<readonly string[], string>(JSON.stringify, JSON.parse),

  // One writer at a time.
  held: sql``,
  position: {
    next: sql<number>`(1 + (${sql.raw(LAST_POSITION)}))`,
    current: sql<number>`(select max(position) from event)`,
  },
  // A claim that fails is known before the other steps run, and then they do not.
  appendedTo: () => sql`true`,
  among: (column, query) => sql<SqlBool>`${column} in (${query})`,
  anyOf: (column, list) => sql<SqlBool>`${column} in (select value from json_each(${list}))`,
}
