import { type AgedQuery, type AgedRun, endedAt, type HeldKey, type RunStatus } from '@consensus-store/core'
import { type ExpressionBuilder, sql } from 'kysely'
import type { Session } from './context.ts'
import { openStatuses } from './deleting.ts'
import type { SqlDialect, Stored } from './dialect.ts'
import type { Schema } from './schema.ts'
import { type Kit, statement, variants } from './statement.ts'

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
          (archived ? archiveOf(eb) : lastEventOf(eb)).as('told_at'),
          (counted ? newerThan(eb, kit) : sql<number>`0`).as('newer'),
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

type OfRun = ExpressionBuilder<Schema, 'run'>

/** Only of runs for which it makes a difference: nothing else is to be looked up of the many that run. */
const openIn = (eb: OfRun) =>
  eb
    .selectFrom('execution')
    .select('execution.agent_id')
    .whereRef('execution.run_id', '=', 'run.id')
    .where('execution.status', 'in', openStatuses)
    .where('run.status', '<>', sql.lit('running'))
    .limit(1)

const lastEventOf = (eb: OfRun) =>
  eb
    .selectFrom('event')
    .select('event.at')
    .whereRef('event.run_id', '=', 'run.id')
    .whereRef('event.sequence', '=', 'run.last_sequence')
    .where('run.status', '=', sql.lit('abandoned'))

const archiveOf = (eb: OfRun) =>
  eb.selectFrom('archive').select('archive.ended_at').whereRef('archive.run_id', '=', 'run.id')

const newerThan = (eb: OfRun, { arg }: Kit<Asked>) =>
  eb
    .selectFrom(
      eb
        .selectFrom('run as other')
        .select('other.id')
        .whereRef('other.spec_id', '=', 'run.spec_id')
        .whereRef('other.stage', '=', 'run.stage')
        .where(({ eb, refTuple }) =>
          eb(refTuple('other.started_at', 'other.id'), '>', refTuple('run.started_at', 'run.id')),
        )
        .limit(arg.number('countNewer'))
        .as('newer'),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))

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

function agedFromRow(row: AgedRow, { instant, flag }: SqlDialect): Omit<AgedRun, 'archived'> {
  const { status } = row
  const startedAt = instant.decode(row.started_at)
  const concludedAt = row.concluded_at === null ? undefined : instant.decode(row.concluded_at)
  const toldAt = row.told_at === null ? undefined : instant.decode(row.told_at)
  return {
    id: row.id,
    specId: row.spec_id,
    stage: row.stage,
    labels: labelsIn(row.labels),
    pinned: flag.decode(row.pinned),
    status,
    startedAt,
    endedAt: endedAt({ status, startedAt, concludedAt }, toldAt),
    inFlight: row.open_agent !== null,
    newer: row.newer,
  }
}

/** One run that cannot be decided upon keeps no other from being found. */
function labelsIn(json: string): AgedRun['labels'] {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
