import type { Opener } from '@consensus-store/conformance'
import { postgresStore } from '@consensus-store/postgres'

/** A location is a database's URL and, behind a space, a schema. */
export const openStore: Opener['openStore'] = (location) => {
  const [url, schema] = location.split(' ')
  return postgresStore({ url: url!, schema: schema! })
}
