import { postgresService } from '@consensus-store/conformance/services'
import type { ConsensusStore, NewExecution } from '@consensus-store/core'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { type PostgresStoreOptions, postgresStore } from '../src/index.ts'

/** The URL of an empty database that goes with the test. */
export async function aDatabase(): Promise<string> {
  const service = await postgresService()
  const database = await service.database()
  onTestFinished(async () => {
    await database.drop()
    await service.stop()
  })
  return database.url
}

/** A server that goes with the test, which may do to it what it likes. */
export async function aServer() {
  const service = await postgresService({ own: true, durable: true })
  onTestFinished(() => service.stop())
  return { url: service.url, ...service.power! }
}

/** A store that is closed when the test is over. */
export async function aStore(options: PostgresStoreOptions): Promise<ConsensusStore> {
  const store = await postgresStore(options)
  onTestFinished(() => store.close())
  return store
}

/** A connection of another kind of program, which goes with the test. */
export async function aClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

/** The URL with a part of it changed. */
export function urlWith(
  url: string,
  change: Partial<Record<'host' | 'password' | 'pathname' | 'username', string>>,
) {
  return Object.assign(new URL(url), change).href
}

export const SCHEMA = 'consensus_store'

/** In `pg_stat_activity`, the connections of stores to this database: tests beside this one have theirs on the same server. */
export const OURS = `datname = current_database() and application_name = 'consensus-store'`

export const aRun = (store: Pick<ConsensusStore, 'runs'>, id = 'r1') =>
  store.runs.start({ id, specId: 'S', stage: 'plan' })

export const anAgent = (
  store: Pick<ConsensusStore, 'executions'>,
  agentId: string,
  execution: Partial<NewExecution> = {},
) =>
  store.executions.spawn({
    agentId,
    runId: 'r1',
    agentName: 'gemini',
    phaseType: 'regular-stage',
    ...execution,
  })

export const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`)

/** Resolves when `condition` is true; rejects when that takes too long. */
export async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (let i = 0; !(await condition()); i++) {
    if (i > 1_000) throw new Error(`${what} did not come about`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Resolves when so many backends of the database wait for a lock. Asks on its own: a transaction sees them as of its first look. */
export async function waitForLocks(url: string, count: number): Promise<void> {
  const client = await aClient(url)
  await until(async () => {
    const { rows } = await client.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows.length >= count
  }, `${count} backends that wait for a lock`)
}
