import { type Expression, type Kysely, sql } from 'kysely'
import type { Schema } from './schema.ts'

/** As `versionOf` of core says, for queries about `run`; null where a damaged run has neither. */
export const versionOf = (db: Kysely<Schema>): Expression<string> => {
  const position = db
    .selectFrom('event')
    .select(sql<string>`cast(event.position as text)`.as('version'))
    .whereRef('event.run_id', '=', sql.ref('run.id'))
    .whereRef('event.sequence', '=', sql.ref('run.last_sequence'))
  const checksum = db
    .selectFrom('archive')
    .select('archive.checksum as version')
    .whereRef('archive.run_id', '=', sql.ref('run.id'))
  return sql<string>`coalesce((${checksum}), (${position}))`
}
