import type { Opener } from '@consensus-store/conformance'
import { postgresStore } from '@consensus-store/postgres'
import { sqliteStore } from '@consensus-store/sqlite'
import { cached } from './cached.ts'

/** A location is the URL of a Redis and, behind a space each, a file, or the URL of a Postgres and a schema. */
export const openStore: Opener['openStore'] = async (location) => {
  const [redis, place, schema] = location.split(' ')
  const store =
    schema === undefined ? await sqliteStore({ path: place! }) : await postgresStore({ url: place!, schema })
  return cached(store, { redis: redis! })
}
