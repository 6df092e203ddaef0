import { type AgedQuery, type AgedRun, OPEN_STATUSES } from '@consensus-store/core'
import { sql } from 'kysely'
import type { Session } from './context.ts'
import type { SqlDialect } from './dialect.ts'
import { statement, variants } from './statement.ts'

/** Among the oldest runs so many are looked at: most may be pinned. */
const LOOKED_AT = 10_000

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

/** An abandoned run ended with its last event; when that is archived, no later than it was. */
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
        .leftJoin('event', (join) =>
          join
            .onRef('event.run_id', '=', 'oldest.id')
            .onRef('event.sequence', '=', 'oldest.last_sequence')
            .on('oldest.status', '=', sql.lit('abandoned')),
        )
        .select(['oldest.id', 'oldest.spec_id', 'oldest.stage', 'oldest.labels'])
        .select(({ fn }) =>
          fn.coalesce('oldest.concluded_at', 'event.at', 'oldest.archived_at').as('ended_at'),
        )
        .where('oldest.status', '<>', sql.lit('running'))
        .where(({ not, eb, exists, selectFrom }) =>
          not(
            eb.or([
              eb('oldest.pinned', '=', arg.flag('pinned')),
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
            ]),
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
