import { type AgedQuery, type AgedRun, OPEN_STATUSES } from '@consensus-store/core'
import { sql } from 'kysely'
import type { Session } from './context.ts'
import type { SqlDialect } from './dialect.ts'
import { statement, variants } from './statement.ts'

/** Among the oldest runs so many are looked at: most may be pinned. */
const LOOKED_AT = 10_000

/** Ended runs that nothing keeps from being archived or deleted, longest ago first. */
export const agedRuns = (
  session: Session,
  { archived, startedBefore, most }: AgedQuery,
): Promise<readonly AgedRun[]> =>
  session.all(selectAged({ archived }), { startedBefore, most, lookedAt: LOOKED_AT, pinned: true })

interface AgedArguments {
  startedBefore: Date
  most: number
  lookedAt: number
  pinned: boolean
}

const selectAged = variants(({ archived }: { archived: boolean }) =>
  statement<AgedArguments>()(
    ({ db, arg }) =>
      db
        .selectFrom(
          db
            .selectFrom('run')
            .selectAll()
            .where('archived_at', archived ? 'is not' : 'is', null)
            .where('started_at', '<', arg.instant('startedBefore'))
            .orderBy('started_at')
            .orderBy('id')
            .limit(arg.number('lookedAt'))
            .as('oldest'),
        )
        .select(['oldest.id', 'oldest.spec_id', 'oldest.stage', 'oldest.labels'])
        .select(({ fn, selectFrom }) => {
          const ofArchive = selectFrom('archive')
            .select('archive.ended_at')
            .whereRef('archive.run_id', '=', 'oldest.id')
          const ofLastEvent = selectFrom('event')
            .select('event.at')
            .whereRef('event.run_id', '=', 'oldest.id')
            .whereRef('event.sequence', '=', 'oldest.last_sequence')
          return fn.coalesce('oldest.concluded_at', archived ? ofArchive : ofLastEvent).as('ended_at')
        })
        .where('oldest.status', '<>', sql.lit('running'))
        .where('oldest.pinned', '<>', arg.flag('pinned'))
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('execution')
                .select('execution.run_id')
                .whereRef('execution.run_id', '=', 'oldest.id')
                .where(
                  'execution.status',
                  'in',
                  OPEN_STATUSES.map((status) => sql.lit(status)),
                ),
            ),
          ),
        )
        .orderBy('oldest.started_at')
        .orderBy('oldest.id')
        .limit(arg.number('most')),
    ({ id, spec_id, stage, labels, ended_at }, { instant }: SqlDialect): AgedRun => ({
      id,
      specId: spec_id,
      stage,
      labels: JSON.parse(labels),
      endedAt: instant.decode(ended_at!),
    }),
  ),
)
