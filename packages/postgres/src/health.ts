import type { Finding, Health } from '@consensus-store/core'
import { SCHEMA_VERSION } from '@consensus-store/sql'
import type { Pool } from './pool.ts'

/** What the server says of itself and of the tables in `schema`. */
export async function postgresHealth(pool: Pool, schema: string): Promise<Health> {
  const started = performance.now()
  try {
    const line = await pool.share(Number.POSITIVE_INFINITY)
    const { rows } = await line.send({ text: facts, values: [schema] })
    const { recovering, ...details } = (rows as [{ recovering: boolean }])[0]
    return {
      ok: !recovering,
      store: 'postgres',
      latencyMs: performance.now() - started,
      findings: recovering ? [readOnly] : [],
      details: { schema, schemaVersion: SCHEMA_VERSION, connections: pool.lines, ...details },
    }
  } catch (error) {
    return {
      ok: false,
      store: 'postgres',
      latencyMs: performance.now() - started,
      findings: [unreachable(error)],
      details: { schema, connections: pool.lines },
    }
  }
}

const facts = `
  select current_setting('server_version') as "serverVersion", current_database() as database,
    pg_is_in_recovery() as recovering,
    coalesce((select sum(pg_total_relation_size(relation.oid)) from pg_class as relation
      join pg_namespace as namespace on namespace.oid = relation.relnamespace
      where namespace.nspname = $1 and relation.relkind = 'r'), 0)::bigint as "databaseBytes"`

const readOnly: Finding = {
  severity: 'error',
  subject: 'server',
  message: 'The server is a replica, which takes no writes',
  remedy: 'Point the store at the primary.',
}

const unreachable = (error: unknown): Finding => ({
  severity: 'error',
  subject: 'server',
  message: (error as Error).message,
  remedy: 'Check that the server runs, and that this machine may reach it.',
})
