import type { Event } from '@consensus-store/core'
import { type Kysely, sql } from 'kysely'
import type { Tables } from './tables.ts'

/** The position the event was given. */
export async function appendEvent(
  db: Kysely<Tables>,
  runId: string,
  sequence: number,
  type: string,
  at: number,
  data: object,
): Promise<number> {
  const { position } = await db
    .insertInto('event')
    .values({
      run_id: runId,
      sequence,
      position: sql<number>`(select coalesce(max(position), 0) + 1 from event)`,
      type,
      at,
      data: JSON.stringify(data),
    })
    .returning('position')
    .executeTakeFirstOrThrow()
  return position
}

export const naiveEvents = (db: Kysely<Tables>) => ({
  async read(runId: string, limit: number): Promise<Event[]> {
    const rows = await db
      .selectFrom('event')
      .selectAll()
      .where('run_id', '=', runId)
      .where('sequence', '>', 0)
      .orderBy('sequence')
      .limit(limit)
      .execute()
    return rows.map(
      ({ sequence, position, type, at, data }) =>
        ({ runId, sequence, position, type, at: new Date(at), data: JSON.parse(data) }) as Event,
    )
  },
})
