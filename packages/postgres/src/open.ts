import { type Env, StoreError } from '@consensus-store/core'
import { migrate, type SqlDialect } from '@consensus-store/sql'
import pg from 'pg'
import { classify, isContended, isLost, isTurnedAway, NoConnection } from './errors.ts'
import { connect, type Line, type LineConfig } from './line.ts'
import { migrationHost } from './migration-host.ts'
import { type Pool, pool } from './pool.ts'
import { retrying } from './retrying.ts'

export interface OpenOptions {
  readonly config: LineConfig
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
    timeoutMs: retryForMs,
    connect: (onLost) => connectNamed(config, onLost),
  })
  try {
    // Who cannot connect at all has most likely mistaken where to: there is no use in trying for long.
    await retrying({ retries: isTurnedAway, forMs: retryForMs }, () => lines.share(0))
    await retrying(
      { retries: (error) => isLost(error) || isContended(error), forMs: retryForMs },
      async () => {
        const line = await lines.share(Number.POSITIVE_INFINITY)
        await mustBeUnicode(line)
        await migrate(migrationHost(line, schema), dialect, env)
      },
    )
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
export async function connectNamed(
  config: LineConfig,
  onLost: () => void,
  onNotified?: () => void,
): Promise<Line> {
  try {
    return await connect(config, onLost, onNotified)
  } catch (error) {
    const { host, port, database } = new pg.Client(config)
    throw new NoConnection(`${host}:${port} (database ${database})`, error)
  }
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
