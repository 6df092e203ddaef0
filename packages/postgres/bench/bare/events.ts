import type pg from 'pg'
import { statement } from './statement.ts'

const insert = statement(
  'append',
  `insert into event (run_id, sequence, position, type, at, data)
  values ($1, $2, nextval('event_position'), $3, $4, $5)
  returning position`,
)

/** Appends one event and gives its position. */
export async function append(
  client: pg.PoolClient,
  runId: string,
  sequence: number,
  event: { readonly type: string; readonly at: Date; readonly data: object },
): Promise<string> {
  const { type, at, data } = event
  const { rows } = await client.query<{ position: string }>(
    insert(runId, sequence, type, at, JSON.stringify(data)),
  )
  return rows[0]!.position
}
