import type { Finding, Vitals } from '@consensus-store/core'
import { SCHEMA_VERSION } from '@consensus-store/sql'
import type { Pool } from './pool.ts'

/** What the server says of itself and of the tables in `schema`. */
export function serverVitals(
  pool: Pool,
  schema: string,
  patienceMs: number,
): Pick<Vitals, 'facts' | 'space' | 'unreachable' | 'patienceMs'> {
  const ask = async <Row>(text: string): Promise<Row> => {
    const line = await pool.share(Number.POSITIVE_INFINITY)
    const { rows } = await line.send({ text, values: [schema] })
    return (rows as [Row])[0]
  }

  return {
    patienceMs,

    async facts() {
      const { replica, writable, liveRows, deadRows, ...details } = await ask<Facts>(facts(schema))
      const findings = writable ? [] : [replica ? ofReplica : readOnly]
      return {
        settings: [],
        findings: [...findings, ...bloat(liveRows, deadRows)],
        details: {
          schema,
          schemaVersion: SCHEMA_VERSION,
          poolSize: pool.size,
          connections: pool.lines,
          ...details,
          liveRows,
          deadRows,
        },
      }
    },

    async space() {
      const { bytes } = await ask<{ bytes: number }>(SPACE)
      return { bytes, freeBytes: undefined, walBytes: 0, roomBytes: undefined }
    },

    unreachable: (message) => ({
      severity: 'error',
      subject: 'server',
      message,
      remedy: 'Check that the server runs, and that this machine may reach it.',
    }),
  }
}

interface Facts {
  readonly identity: string
  readonly serverVersion: string
  readonly database: string
  readonly replica: boolean
  readonly writable: boolean
  readonly liveRows: number
  readonly deadRows: number
}

const facts = (schema: string) => `
  select (select identity from "${schema}".store) as identity,
    current_setting('server_version') as "serverVersion", current_database() as database,
    pg_is_in_recovery() as replica,
    not (pg_is_in_recovery() or current_setting('transaction_read_only')::boolean) as writable,
    coalesce(sum(n_live_tup), 0)::bigint as "liveRows", coalesce(sum(n_dead_tup), 0)::bigint as "deadRows"
  from pg_stat_user_tables where schemaname = $1`

const SPACE = `
  select coalesce(sum(pg_total_relation_size(relation.oid)), 0)::bigint as bytes
  from pg_class as relation join pg_namespace as namespace on namespace.oid = relation.relnamespace
  where namespace.nspname = $1 and relation.relkind = 'r'`

/** Fewer are no burden. */
const DEAD_ROWS = 100_000

/** The server's own estimates: rows that are deleted and still in the way of who reads. */
function* bloat(live: number, dead: number): Iterable<Finding> {
  if (dead < DEAD_ROWS || dead < live) return
  yield {
    severity: 'warning',
    subject: 'free_space',
    message: `The server knows of ${dead} deleted rows beside ${live} live ones that nobody has cleared away`,
    remedy:
      'Look why autovacuum does not come to it, as for a transaction that was left open; then consensus reclaim.',
  }
}

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
