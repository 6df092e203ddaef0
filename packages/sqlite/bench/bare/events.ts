import type { Event } from '@consensus-store/core'
import type { Database } from 'better-sqlite3'

interface EventRow {
  readonly sequence: number
  readonly position: number
  readonly type: string
  readonly at: number
  readonly data: string
}

export function bareEvents(database: Database) {
  const select = database.prepare<[string, number, number], EventRow>(`
    select sequence, position, type, at, data from event
    where run_id = ? and sequence > ? order by sequence limit ?`)

  return {
    read: (runId: string, after: number, limit: number): Event[] =>
      select
        .all(runId, after, limit)
        .map(
          ({ sequence, position, type, at, data }) =>
            ({ runId, sequence, position, type, at: new Date(at), data: JSON.parse(data) }) as Event,
        ),
  }
}
