import { endedAt, type Run } from '@consensus-store/core'
import { type ExpressionBuilder, type RawBuilder, sql } from 'kysely'
import { openStatuses } from './deleting.ts'
import type { SqlDialect, Stored } from './dialect.ts'
import type { Schema } from './schema.ts'

// What is looked up of a run besides its row by who decides upon its age: retention and health.

type OfRun = ExpressionBuilder<Schema, 'run'>

/** An agent that has not ended; of a run that is running it makes no difference, and most are. */
export const openIn = (eb: OfRun) =>
  eb
    .selectFrom('execution')
    .select('execution.agent_id')
    .whereRef('execution.run_id', '=', 'run.id')
    .where('execution.status', 'in', openStatuses)
    .where('run.status', '<>', sql.lit('running'))
    .limit(1)

/** When the last event of an abandoned run happened: nothing else needs it. */
export const lastEventOf = (eb: OfRun) =>
  eb
    .selectFrom('event')
    .select('event.at')
    .whereRef('event.run_id', '=', 'run.id')
    .whereRef('event.sequence', '=', 'run.last_sequence')
    .where('run.status', '=', sql.lit('abandoned'))

export const archiveOf = <C extends 'bytes' | 'ended_at'>(eb: OfRun, column: C) =>
  eb.selectFrom('archive').select(`archive.${column}`).whereRef('archive.run_id', '=', 'run.id')

/** How many of its stage began later. Each is met in the index that serves lists of a stage, and none beyond those that are counted. */
export const newerThan = (eb: OfRun, most: RawBuilder<number>) =>
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
        .limit(most)
        .as('newer'),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))

interface AgeRow {
  readonly status: Run['status']
  readonly started_at: Stored<Date>
  readonly concluded_at: Stored<Date> | null
}

/** When a run began and ended, the latter by its archive or its last event where its row does not say. */
export function ageOf(
  { status, started_at, concluded_at }: AgeRow,
  toldAt: Stored<Date> | null,
  { instant }: SqlDialect,
) {
  const optional = (stored: Stored<Date> | null) => (stored === null ? undefined : instant.decode(stored))
  const startedAt = instant.decode(started_at)
  return {
    startedAt,
    endedAt: endedAt({ status, startedAt, concludedAt: optional(concluded_at) }, optional(toldAt)),
  }
}

/** `undefined` when they cannot be read: one such run keeps no other from being decided upon. */
export function labelsIn(json: string): Run['labels'] | undefined {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
