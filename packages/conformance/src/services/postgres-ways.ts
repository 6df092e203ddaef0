import { embeddedPostgres } from './embedded-postgres.ts'
import type { WayToStart } from './ways.ts'

export const postgresWays: readonly WayToStart[] = [{ way: 'local', start: embeddedPostgres }]
