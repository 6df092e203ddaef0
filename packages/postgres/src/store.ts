import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { type ConsensusStore, type Env, systemEnv } from '@consensus-store/core'
import { sqlStore } from '@consensus-store/sql'
import { claimLocks } from './claims.ts'
import { statements } from './compiled.ts'
import { postgresDialect } from './dialect.ts'
import { ears } from './ears.ts'
import { classify } from './errors.ts'
import { logOrder, logPlace } from './log.ts'
import { connectNamed, open } from './open.ts'
import { checkOptions } from './options.ts'
import { outsideSession } from './outside.ts'
import { reclaimTables } from './reclaim.ts'
import { regarding } from './regarded.ts'
import { transactions } from './transactions.ts'
import { serverVitals } from './vitals.ts'

/** Where a store on a server is, and how it is reached. */
export interface PostgresStoreOptions {
  /** As in `postgres://user:password@host:5432/database`. What it does not say is taken from PGHOST and the like. */
  readonly url?: string | undefined
  /** The schema the tables live in, made when it is missing: letters, digits and underscores. By default `consensus_store`. */
  readonly schema?: string | undefined
  /** Connections at most, at least 2: one is kept for reads, which wait for nobody. By default 10. */
  readonly poolSize?: number | undefined
  /** What the server calls these connections. By default `consensus-store`. */
  readonly applicationName?: string | undefined
  /** Milliseconds a statement may take before the server ends it, and the call is BUSY. By default no bound. */
  readonly statementTimeoutMs?: number | undefined
  /** Milliseconds to wait for a connection to be made. By default 5000. */
  readonly connectTimeoutMs?: number | undefined
  /** Milliseconds during which lost connections and contended transactions are tried again. By default 10000. */
  readonly retryForMs?: number | undefined
  /** Whether the server prepares statements by name. Not behind a proxy that pools transactions. By default true. */
  readonly preparedStatements?: boolean | undefined
  /** Passed to Node's TLS. */
  readonly tls?: boolean | TlsOptions | undefined
  readonly env?: Env | undefined
}

/**
 * Opens the store kept in one schema of a Postgres database, bringing it up to date first. UNAVAILABLE, with host and
 * port, when the server cannot be had in time; SCHEMA when the tables are of a newer version, which are not touched.
 */
export async function postgresStore(options: PostgresStoreOptions = {}): Promise<ConsensusStore> {
  const { schema, preparedStatements, retryForMs, poolSize, config } = checkOptions(options)
  const { env = systemEnv } = options
  const dialect = postgresDialect(schema)
  const pool = await open({ config, schema, dialect, poolSize, retryForMs, env })
  const place = logPlace(schema)
  const hearing = ears({
    place,
    listens: preparedStatements,
    timeoutMs: config.connectionTimeoutMillis,
    connect: (onLost, onNotified) => connectNamed(config, onLost, onNotified),
  })
  const sessions = {
    pool,
    retryForMs,
    statements: statements(dialect, preparedStatements),
    log: logOrder(place, preparedStatements),
    locks: claimLocks(schema, preparedStatements),
    regarding: () => regarding(schema, preparedStatements),
  }

  return sqlStore({
    name: 'postgres',
    supports: { durable: true, shared: true },
    env,
    session: outsideSession({ ...sessions, looked: hearing.looked }),
    ears: hearing,
    transaction: transactions(sessions),
    vitals: serverVitals(pool, schema, config.connectionTimeoutMillis),
    reclaim: (options) =>
      reclaimTables({ schema, config, connect: (apart) => connectNamed(apart, () => {}) }, options),
    async close() {
      await Promise.all([hearing.close(), pool.close()])
    },
    classify,
  })
}
