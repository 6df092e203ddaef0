import { type Expression, type Kysely, sql } from 'kysely'
import type { Schema } from './schema.ts'

/**
 * What tells a run from all it has been and will be: the position of its last event, which is never taken again; of an archived
 * one the checksum of its archive. For queries about `run`.
 */
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
