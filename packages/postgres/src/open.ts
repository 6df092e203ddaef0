import { type Env, StoreError } from '@consensus-store/core'
import { MIGRATION_TABLE, type MigrationHost, migrate, type SqlDialect } from '@consensus-store/sql'
import pg from 'pg'
import { classify, isContended, isLost } from './errors.ts'
import { connect, type Line } from './line.ts'
import { type Pool, pool } from './pool.ts'
import { retrying } from './retrying.ts'

export interface OpenOptions {
  readonly config: pg.ClientConfig
  readonly schema: string
  readonly dialect: SqlDialect
  readonly poolSize: number
  readonly retryForMs: number
  readonly env: Env
}

/** Connects, and brings the schema up to date. */
export async function open(options: OpenOptions): Promise<Pool> {
  const { config, schema, dialect, poolSize, retryForMs, env } = options
  const lines = pool({
    size: poolSize,
    lendTimeoutMs: retryForMs,
    connect: (onLost) => connectNamed(config, onLost),
  })
  try {
    await mustBeUnicode(await lines.share(0))
    await lines.lend((line) => migrate(migrationHost(line, schema, retryForMs), dialect, env))
    return lines
  } catch (error) {
    await lines.close()
    if (error instanceof StoreError) throw error
    throw new StoreError(classify(error), `The store cannot be opened: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** Says where it could not connect to, and keeps to itself with which password. */
async function connectNamed(config: pg.ClientConfig, onLost: () => void): Promise<Line> {
  try {
    return await connect(config, onLost)
  } catch (error) {
    const { host, port, database } = new pg.Client(config)
    throw new StoreError(
      'UNAVAILABLE',
      `Postgres at ${host}:${port} (database ${database}) cannot be had: ${reasonOf(error)}`,
      { cause: error },
    )
  }
}

/** An error over several addresses has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

async function mustBeUnicode(line: Line): Promise<void> {
  const { rows } = await line.send({ text: 'show server_encoding' })
  const [{ server_encoding: encoding }] = rows as [{ server_encoding: string }]
  if (encoding !== 'UTF8') {
    throw new StoreError(
      'UNSUPPORTED',
      `The database's encoding is ${encoding}: create it with encoding UTF8`,
    )
  }
}

function migrationHost(line: Line, schema: string, retryForMs: number): MigrationHost {
  const quoted = `"${schema}"."${MIGRATION_TABLE}"`
  const patience = { retries: (error: unknown) => isContended(error) && !isLost(error), forMs: retryForMs }

  return {
    async version() {
      const { rows } = await line.send({
        text: 'select to_regclass($1) is not null as exists',
        values: [quoted],
      })
      if (!(rows as [{ exists: boolean }])[0].exists) return 0
      const found = await line.send({ text: `select coalesce(max(version), 0) as version from ${quoted}` })
      return (found.rows as [{ version: number }])[0].version
    },

    exclusively: (plan) =>
      retrying(patience, async () => {
        await line.send({ text: 'begin' })
        try {
          await line.send({
            text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))',
            values: [`consensus-store migrates ${schema}`],
          })
          await line.send({ text: `create schema if not exists "${schema}"` })
          const statements = await plan()
          if (statements.length > 0) await line.send({ text: statements.join(';\n') })
          await line.send({ text: 'commit' })
        } catch (error) {
          await line.send({ text: 'rollback' }).catch(() => undefined)
          throw error
        }
      }),
  }
}
