import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

export const naiveRuns = (db: Kysely<Tables>) => ({
  latest: (specId: string, stage: string) =>
    db
      .selectFrom('run')
      .selectAll()
      .where('spec_id', '=', specId)
      .where('stage', '=', stage)
      .orderBy('started_at', 'desc')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst(),

  list: (limit: number) =>
    db
      .selectFrom('run')
      .selectAll()
      .orderBy('started_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute(),
})
