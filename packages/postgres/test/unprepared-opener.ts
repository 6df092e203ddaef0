import type { Opener } from '@consensus-store/conformance'
import { postgresStore } from '@consensus-store/postgres'

/** As opener.ts, without prepared statements. */
export const openStore: Opener['openStore'] = (location) => {
  const [url, schema] = location.split(' ')
  return postgresStore({ url: url!, schema: schema!, preparedStatements: false })
}
