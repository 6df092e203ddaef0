import { container } from './container.ts'
import { embeddedPostgres } from './embedded-postgres.ts'
import { runOnPostgres } from './postgres-client.ts'
import { initdbWords, PASSWORD, postgresSettings, postgresUrl, USER } from './postgres-settings.ts'
import type { Server, ServerOptions } from './server.ts'
import type { WayToStart } from './ways.ts'

export const POSTGRES_IMAGE = 'postgres:18.4'

export const postgresWays: readonly WayToStart[] = [
  { way: 'docker', start: postgresContainer },
  { way: 'local', start: embeddedPostgres },
]

function postgresContainer({ durable }: ServerOptions): Promise<Server> {
  return container({
    image: process.env.CONSENSUS_TEST_POSTGRES_IMAGE || POSTGRES_IMAGE,
    imageVariable: 'CONSENSUS_TEST_POSTGRES_IMAGE',
    port: 5432,
    env: {
      POSTGRES_USER: USER,
      POSTGRES_PASSWORD: PASSWORD,
      POSTGRES_INITDB_ARGS: initdbWords.join(' '),
    },
    command: ['postgres', ...postgresSettings(durable)],
    url: postgresUrl,
    ask: (url) => runOnPostgres(url, 'select 1'),
  })
}
