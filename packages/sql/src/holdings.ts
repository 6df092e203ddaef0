import type { Depot, HeldKey, HeldRun, Holdings } from '@consensus-store/core'
import { type ExpressionBuilder, sql } from 'kysely'
import type { Bulk } from './bulk.ts'
import type { Session } from './context.ts'
import { deletedRuns, deletingSteps } from './deleting.ts'
import type { SqlDialect, Stored } from './dialect.ts'
import { pieces } from './pieces.ts'
import { ageOf, archiveOf, labelsIn, lastEventOf, newerThan, openIn } from './run-facts.ts'
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
        .select((eb) => (counted ? newerThan(eb, kit.arg.number('countNewer')) : sql<number>`0`).as('newer'))
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

const bytesOf = (eb: OfRun, table: 'execution' | 'artifact' | 'synthesis', bytes: ReturnType<typeof sql>) =>
  eb
    .selectFrom(table as 'execution')
    .select(sql<number | null>`sum(${bytes})`.as('bytes'))
    .where(sql.ref(`${table}.run_id`), '=', sql.ref('run.id'))

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

function heldFromRow(row: HeldRow, dialect: SqlDialect): HeldRun {
  const archived = row.archived_at !== null
  const hot = (row.response_bytes ?? 0) + (row.artifact_bytes ?? 0) + (row.synthesis_bytes ?? 0)
  return {
    id: row.id,
    specId: row.spec_id,
    stage: row.stage,
    labels: labelsIn(row.labels),
    pinned: dialect.flag.decode(row.pinned),
    status: row.status,
    ...ageOf(row, row.archive_ended_at ?? row.last_event_at, dialect),
    inFlight: row.open_agent !== null,
    archived,
    bytes: archived ? (row.archive_bytes ?? 0) : hot,
    lastSequence: row.last_sequence,
    version: row.version ?? '',
    newer: row.newer,
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
