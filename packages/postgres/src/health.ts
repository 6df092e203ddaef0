import type { Finding, Health } from '@consensus-store/core'
import { SCHEMA_VERSION } from '@consensus-store/sql'
import type { Pool } from './pool.ts'

/** What the server says of itself and of the tables in `schema`, if it says so in time. */
export async function postgresHealth(pool: Pool, schema: string, timeoutMs: number): Promise<Health> {
  const started = performance.now()
  try {
    const { rows } = await withinMs(timeoutMs, async () => {
      const line = await pool.share(Number.POSITIVE_INFINITY)
      return line.send({ text: facts(schema), values: [schema] })
    })
    const { replica, writable, ...details } = (rows as [{ replica: boolean; writable: boolean }])[0]
    return {
      ok: writable,
      store: 'postgres',
      latencyMs: performance.now() - started,
      findings: writable ? [] : [replica ? ofReplica : readOnly],
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

/** A server that is gone without a word is not ill-mannered, but ill. */
async function withinMs<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`The server has not answered for ${ms} ms`)), ms)
  try {
    return await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}

const facts = (schema: string) => `
  select (select identity from "${schema}".store) as identity, current_setting('server_version') as "serverVersion", current_database() as database,
    pg_is_in_recovery() as replica,
    not (pg_is_in_recovery() or current_setting('transaction_read_only')::boolean) as writable,
    coalesce((select sum(pg_total_relation_size(relation.oid)) from pg_class as relation
      join pg_namespace as namespace on namespace.oid = relation.relnamespace
      where namespace.nspname = $1 and relation.relkind = 'r'), 0)::bigint as "databaseBytes"`

const readOnly: Finding = {
  severity: 'error',
  subject: 'server',
  message: 'The server takes no writes from this user: its transactions are read-only',
  remedy: 'Look who sets default_transaction_read_only: the server, the database or the user.',
}

const ofReplica: Finding = {
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
