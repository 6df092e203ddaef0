import { optional } from './optional.ts'

/** Runs one statement on a connection of its own. */
export async function runOnPostgres(connectionString: string, sql: string): Promise<void> {
  const { default: pg } = await optional(() => import('pg'), 'pg')
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 })
  // A connection that breaks while it is idle says so by an event, which would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(sql)
  } finally {
    await client.end()
  }
}
