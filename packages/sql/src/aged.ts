import type { AgedQuery, AgedRun, HeldKey, RunStatus } from '@consensus-store/core'
import { sql } from 'kysely'
import type { Session } from './context.ts'
import type { SqlDialect, Stored } from './dialect.ts'
import { ageOf, archiveOf, labelsIn, lastEventOf, newerThan, openIn } from './run-facts.ts'
import { statement, variants } from './statement.ts'

/** Runs as retention decides upon their age, in its order: each costs a few steps in indexes, whatever it owns. */
export const agedRuns = (
  session: Session,
  { archived, after, ...query }: AgedQuery,
): Promise<readonly AgedRun[]> =>
  session.all(selectAged({ archived, after: after !== undefined, counted: query.countNewer > 0 }), {
    ...(after ?? FIRST),
    ...query,
  })

/** Where none is asked for behind another, the statement has no arguments for that one. */
const FIRST: HeldKey = { startedAt: new Date(0), id: '' }

interface Asked extends HeldKey {
  startedBefore: Date
  most: number
  countNewer: number
}

interface Shape {
  readonly archived: boolean
  readonly after: boolean
  readonly counted: boolean
}

const selectAged = variants(({ archived, after, counted }: Shape) =>
  statement<Asked>()(
    (kit) =>
      kit.db
        .selectFrom('run')
        .select(['id', 'spec_id', 'stage', 'labels', 'pinned', 'status', 'started_at', 'concluded_at'])
        .select((eb) => [
          openIn(eb).as('open_agent'),
          (archived ? archiveOf(eb, 'ended_at') : lastEventOf(eb)).as('told_at'),
          (counted ? newerThan(eb, kit.arg.number('countNewer')) : sql<number>`0`).as('newer'),
        ])
        .where('archived_at', archived ? 'is not' : 'is', null)
        .where('started_at', '<', kit.arg.instant('startedBefore'))
        .$if(after, (query) =>
          query.where(({ eb, refTuple, tuple }) =>
            eb(refTuple('started_at', 'id'), '>', tuple(kit.arg.instant('startedAt'), kit.arg.text('id'))),
          ),
        )
        .orderBy('started_at')
        .orderBy('id')
        .limit(kit.arg.number('most')),
    (row: AgedRow, dialect): AgedRun => ({ ...agedFromRow(row, dialect), archived }),
  ),
)

interface AgedRow {
  readonly id: string
  readonly spec_id: string
  readonly stage: string
  readonly labels: string
  readonly pinned: Stored<boolean>
  readonly status: RunStatus
  readonly started_at: Stored<Date>
  readonly concluded_at: Stored<Date> | null
  readonly open_agent: string | null
  readonly told_at: Stored<Date> | null
  readonly newer: number
}

const agedFromRow = (row: AgedRow, dialect: SqlDialect): Omit<AgedRun, 'archived'> => ({
  id: row.id,
  specId: row.spec_id,
  stage: row.stage,
  labels: labelsIn(row.labels),
  pinned: dialect.flag.decode(row.pinned),
  status: row.status,
  ...ageOf(row, row.told_at, dialect),
  inFlight: row.open_agent !== null,
  newer: row.newer,
})
