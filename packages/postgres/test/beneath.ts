import type { DamageablePlace } from '@consensus-store/conformance'
import pg from 'pg'

/** A schema as any other program can get at it, if it is allowed everything. */
export const beneath = (url: string, schema: string): Pick<DamageablePlace, 'damage' | 'freeze'> => ({
  damage: (statement) =>
    using(url, schema, async (client) => {
      await client.query('set session_replication_role = replica')
      await client.query(statement)
    }),

  freeze: (runIds) =>
    using(url, schema, async (client) => {
      const ids = runIds.map((id) => `'${id}'`).join(', ')
      await client.query(`create or replace function frozen() returns trigger language plpgsql as
        $$ begin raise exception 'is frozen'; end $$`)
      for (const [table, column] of Object.entries(keys)) {
        for (const [operation, row] of Object.entries({ insert: 'new', update: 'old', delete: 'old' })) {
          const when = column ? `when (${row}.${column} in (${ids}))` : ''
          await client.query(`create trigger "${table} ${operation} ${ids}" before ${operation} on ${table}
            for each row ${when} execute function frozen()`)
        }
      }
    }),
})

/** Bytes that a schema takes, as the server says. */
export const bytesOf = (url: string, schema: string): Promise<number> =>
  using(url, schema, async (client) => {
    const { rows } = await client.query(
      `select sum(pg_total_relation_size(oid))::float8 as bytes from pg_class
        where relnamespace = $1::regnamespace and relkind in ('r', 'S')`,
      [schema],
    )
    return rows[0].bytes
  })

/** Which run a row is of; a body is of any. */
const keys = {
  run: 'id',
  execution: 'run_id',
  artifact: 'run_id',
  synthesis: 'run_id',
  event: 'run_id',
  body: '',
}

async function using<T>(url: string, schema: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`set search_path to "${schema}"`)
    return await work(client)
  } finally {
    await client.end()
  }
}
