import { OPEN_STATUSES, type Vitals } from '@consensus-store/core'
import { sql } from 'kysely'
import { agedRuns } from './aged.ts'
import type { Session } from './context.ts'
import type { SqlDialect } from './dialect.ts'
import { rowCounts } from './row-counts.ts'
import { statement } from './statement.ts'

/** What the tables tell of a store's health. */
export const tableVitals = (
  session: Session,
): Pick<Vitals, 'rows' | 'oldestRunAt' | 'openSince' | 'aged'> => ({
  rows: () => rowCounts(session),
  oldestRunAt: () => session.first(oldestStart, {}),
  openSince: async (spawnedBefore, most) => (await session.first(countOpen, { spawnedBefore, most }))!,
  aged: (query) => agedRuns(session, query),
})

const openStatuses = OPEN_STATUSES.map((status) => sql.lit(status))

const oldestStart = statement()(
  ({ db }) => db.selectFrom('run').select('started_at').orderBy('started_at').orderBy('id').limit(1),
  ({ started_at }, { instant }: SqlDialect) => instant.decode(started_at),
)

const countOpen = statement<{ spawnedBefore: Date; most: number }>()(
  ({ db, arg }) =>
    db
      .selectFrom(
        db
          .selectFrom('execution')
          .select(sql<number>`1`.as('one'))
          // Written into the statement, so that the index over only these can serve it.
          .where('status', 'in', openStatuses)
          .where('spawned_at', '<', arg.instant('spawnedBefore'))
          .limit(arg.number('most'))
          .as('some'),
      )
      .select(({ fn }) => fn.countAll<number>().as('count')),
  ({ count }) => count,
)
