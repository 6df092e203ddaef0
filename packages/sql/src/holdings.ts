import { type Depot, endedAt, type HeldKey, type HeldRun, type Holdings } from '@consensus-store/core'
import { type ExpressionBuilder, sql } from 'kysely'
import type { Bulk } from './bulk.ts'
import type { Session } from './context.ts'
import { deletedRuns, deletingSteps, openStatuses } from './deleting.ts'
import type { SqlDialect, Stored } from './dialect.ts'
import { pieces } from './pieces.ts'
import type { Schema } from './schema.ts'
import { type Kit, statement, variants } from './statement.ts'
import { versionOf } from './version.ts'

interface HoldingsOptions {
  readonly session: Session
  readonly bulk: Bulk
  readonly depot: Depot
}

/** Runs as retention looks at them, and deletes them. */
export function holdings({ session, bulk, depot }: HoldingsOptions): Holdings {
  const cut = pieces(bulk.pieceMs)
  return {
    depot,

    runsAfter: (key, limit, countNewer) =>
      session.all(heldAfter({ key: key !== undefined, counted: countNewer > 0 }), {
        ...(key ?? FIRST),
        limit,
        countNewer,
      }),

    run: (id) => session.first(heldRun, { id }),

    async newestAt() {
      const [started, happened] = await Promise.all([
        session.first(lastStart, {}),
        session.first(lastEvent, {}),
      ])
      const instants = [started, happened].flatMap((at) => (at ? [at.getTime()] : []))
      return instants.length > 0 ? new Date(Math.max(...instants)) : undefined
    },

    async *delete(runs) {
      for (const piece of cut(runs)) {
        // Also when the piece fails, or whoever asked for it wants no more.
        try {
          const { rows, heldMs } = await bulk.write(
            deletingSteps({
              runIds: piece.runs.map(({ id }) => id),
              versions: piece.runs.map(({ version }) => version),
            }),
          )
          const [claimed, agents] = rows
          piece.took(heldMs)
          yield deletedRuns(claimed, agents)
        } finally {
          await bulk.pause()
        }
      }
    },
  }
}

/** Where no run is asked for, its statement has no arguments for one. */
const FIRST: HeldKey = { startedAt: new Date(0), id: '' }

interface Asked extends HeldKey {
  limit: number
  countNewer: number
}

const heldAfter = variants(({ key, counted }: { key: boolean; counted: boolean }) =>
  statement<Asked>()(
    (kit) =>
      held(kit)
        .select((eb) => (counted ? newerThan(eb, kit) : sql<number>`0`).as('newer'))
        .$if(key, (query) =>
          query.where(({ eb, refTuple, tuple }) =>
            eb(refTuple('started_at', 'id'), '>', tuple(kit.arg.instant('startedAt'), kit.arg.text('id'))),
          ),
        )
        .orderBy('started_at')
        .orderBy('id')
        .limit(kit.arg.number('limit')),
    heldFromRow,
  ),
)

/** Each of them is met in the index that serves lists of a stage, and none beyond those that are counted. */
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

const heldRun = statement<{ id: string }>()(
  (kit) => held(kit).select(sql<number>`0`.as('newer')).where('id', '=', kit.arg.text('id')),
  heldFromRow,
)

const held = ({ db }: Pick<Kit<never>, 'db'>) =>
  db
    .selectFrom('run')
    .select(['id', 'spec_id', 'stage', 'labels', 'pinned', 'status', 'last_sequence'])
    .select(['started_at', 'concluded_at', 'archived_at'])
    .select((eb) => [
      openIn(eb).as('open_agent'),
      bytesOf(eb, 'execution', sql`response_bytes`).as('response_bytes'),
      bytesOf(eb, 'artifact', sql`content_bytes + octet_length(metadata)`).as('artifact_bytes'),
      bytesOf(eb, 'synthesis', sql`markdown_bytes + octet_length(metadata)`).as('synthesis_bytes'),
      lastEventOf(eb).as('last_event_at'),
      archiveOf(eb, 'ended_at').as('archive_ended_at'),
      archiveOf(eb, 'bytes').as('archive_bytes'),
      sql<string | null>`${versionOf(db)}`.as('version'),
    ])

type OfRun = ExpressionBuilder<Schema, 'run'>

const openIn = (eb: OfRun) =>
  eb
    .selectFrom('execution')
    .select('execution.agent_id')
    .whereRef('execution.run_id', '=', 'run.id')
    .where('execution.status', 'in', openStatuses)
    .limit(1)

const bytesOf = (eb: OfRun, table: 'execution' | 'artifact' | 'synthesis', bytes: ReturnType<typeof sql>) =>
  eb
    .selectFrom(table as 'execution')
    .select(sql<number | null>`sum(${bytes})`.as('bytes'))
    .where(sql.ref(`${table}.run_id`), '=', sql.ref('run.id'))

/** Of an abandoned run: nothing else needs it. */
const lastEventOf = (eb: OfRun) =>
  eb
    .selectFrom('event')
    .select('event.at')
    .whereRef('event.run_id', '=', 'run.id')
    .whereRef('event.sequence', '=', 'run.last_sequence')
    .where('run.status', '=', sql.lit('abandoned'))

const archiveOf = <C extends 'bytes' | 'ended_at'>(eb: OfRun, column: C) =>
  eb.selectFrom('archive').select(`archive.${column}`).whereRef('archive.run_id', '=', 'run.id')

interface HeldRow {
  readonly id: string
  readonly spec_id: string
  readonly stage: string
  readonly labels: string
  readonly pinned: Stored<boolean>
  readonly status: HeldRun['status']
  readonly last_sequence: number
  readonly started_at: Stored<Date>
  readonly concluded_at: Stored<Date> | null
  readonly archived_at: Stored<Date> | null
  readonly open_agent: string | null
  readonly response_bytes: number | null
  readonly artifact_bytes: number | null
  readonly synthesis_bytes: number | null
  readonly last_event_at: Stored<Date> | null
  readonly archive_ended_at: Stored<Date> | null
  readonly archive_bytes: number | null
  readonly version: string | null
  readonly newer: number
}

function heldFromRow(row: HeldRow, { instant, flag }: SqlDialect): HeldRun {
  const archived = row.archived_at !== null
  const startedAt = instant.decode(row.started_at)
  const concludedAt = row.concluded_at === null ? undefined : instant.decode(row.concluded_at)
  const lastEventAt = row.archive_ended_at ?? row.last_event_at
  const hot = (row.response_bytes ?? 0) + (row.artifact_bytes ?? 0) + (row.synthesis_bytes ?? 0)
  return {
    id: row.id,
    specId: row.spec_id,
    stage: row.stage,
    labels: labelsOf(row),
    pinned: flag.decode(row.pinned),
    status: row.status,
    startedAt,
    endedAt: endedAt(
      { status: row.status, startedAt, concludedAt },
      lastEventAt === null ? undefined : instant.decode(lastEventAt),
    ),
    inFlight: row.open_agent !== null,
    archived,
    bytes: archived ? (row.archive_bytes ?? 0) : hot,
    lastSequence: row.last_sequence,
    version: row.version ?? '',
    newer: row.newer,
  }
}

function labelsOf({ labels }: HeldRow): HeldRun['labels'] {
  try {
    return JSON.parse(labels)
  } catch {
    return undefined
  }
}

const lastStart = statement()(
  ({ db }) =>
    db.selectFrom('run').select('started_at').orderBy('started_at', 'desc').orderBy('id', 'desc').limit(1),
  ({ started_at }, { instant }: SqlDialect) => instant.decode(started_at),
)

const lastEvent = statement()(
  ({ db }) => db.selectFrom('event').select('at').orderBy('position', 'desc').limit(1),
  ({ at }, { instant }: SqlDialect) => instant.decode(at),
)
