import { options as checkObject, count, flag, invalid, optionalName, text } from '@consensus-store/core'
import type { LineConfig } from './line.ts'
import type { PostgresStoreOptions } from './store.ts'

export interface CheckedOptions {
  readonly schema: string
  readonly poolSize: number
  readonly retryForMs: number
  readonly preparedStatements: boolean
  readonly config: LineConfig & { readonly connectionTimeoutMillis: number }
}

/** INVALID, naming the option, when one is not what it should be. No message repeats the URL: it may hold a password. */
export function checkOptions(options: PostgresStoreOptions): CheckedOptions {
  const {
    url,
    schema = 'consensus_store',
    poolSize = 10,
    applicationName = 'consensus-store',
    statementTimeoutMs,
    connectTimeoutMs = 5_000,
    retryForMs = 10_000,
    preparedStatements = true,
    tls,
  } = checkObject(options, 'options')

  const named = flag(preparedStatements, 'preparedStatements')
  return {
    schema: checkSchema(schema),
    poolSize: count(poolSize, 'poolSize', 2, 1_000),
    retryForMs: count(retryForMs, 'retryForMs'),
    preparedStatements: named,
    config: {
      keepsPlans: named,
      ...(url !== undefined && { connectionString: checkUrl(url) }),
      application_name: optionalName(applicationName, 'applicationName', 63)!,
      connectionTimeoutMillis: count(connectTimeoutMs, 'connectTimeoutMs', 1),
      ...(statementTimeoutMs !== undefined && {
        statement_timeout: count(statementTimeoutMs, 'statementTimeoutMs', 1),
      }),
      ...(tls !== undefined && { ssl: tls }),
      keepAlive: true,
      // So that a peer which is gone without a word is noticed in minutes and not in hours.
      keepAliveInitialDelayMillis: 10_000,
    },
  }
}

/** The name goes into statements as it is, so it must be one that needs no quoting. */
function checkSchema(schema: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(text(schema, 'schema'))) {
    throw invalid('schema', 'must be 1–63 small letters, digits and underscores, and not begin with a digit')
  }
  return schema
}

function checkUrl(url: string): string {
  if (!URL.canParse(text(url, 'url')))
    throw invalid('url', 'must be a URL, as in postgres://host:5432/database')
  const { protocol } = new URL(url)
  if (protocol !== 'postgres:' && protocol !== 'postgresql:') {
    throw invalid('url', `must begin with postgres://, not ${protocol}//`)
  }
  return url
}
