import { type Draft, type Event, type Events, eventQuery, name } from '@consensus-store/core'
import type { Expression, ExpressionBuilder, Selectable } from 'kysely'
import type { Session, SqlContext } from './context.ts'
import type { SqlDialect } from './dialect.ts'
import type { EventTable, Schema } from './schema.ts'
import { type Bound, bind, statement } from './statement.ts'

export function events({ session }: SqlContext): Events {
  return {
    async read(runId, query) {
      return session.all(readRun, { runId: name(runId, 'runId'), ...eventQuery(query) })
    },

    async readAll(query) {
      return readSettled(session, eventQuery(query))
    },

    position: () => session.position(),
  }
}

async function readSettled(session: Session, query: { after: number; limit: number }): Promise<Event[]> {
  const horizon = await session.horizon()
  return session.all(readStore, { ...query, horizon })
}

/** Whether there is anything to be read behind a position. */
export const isBehind = async (session: Session, position: number): Promise<boolean> =>
  (await readSettled(session, { after: position, limit: 1 })).length > 0

/**
 * The event that goes with a change: it takes the sequence its run's row was just raised to. When the row was not
 * raised, that sequence is taken, and nothing happens.
 */
export const append = (runId: string, { type, at, data }: Draft): Bound =>
  bind(appendToRun, { runId, type, at, data })

/** As `append`, for who knows only an agent of the run. */
export const appendForAgent = (agentId: string, { type, at, data }: Draft): Bound =>
  bind(appendToRunOfAgent, { agentId, type, at, data })

export function eventFromRow(row: Selectable<EventTable>, { instant }: SqlDialect): Event {
  return {
    runId: row.run_id,
    sequence: row.sequence,
    position: row.position,
    type: row.type,
    at: instant.decode(row.at),
    data: JSON.parse(row.data),
  } as Event
}

const readRun = statement<{ runId: string; after: number; limit: number }>()(
  ({ db, arg }) =>
    db
      .selectFrom('event')
      .selectAll()
      .where('run_id', '=', arg.text('runId'))
      .where('sequence', '>', arg.number('after'))
      .orderBy('sequence')
      .limit(arg.number('limit')),
  eventFromRow,
)

const readStore = statement<{ after: number; horizon: number; limit: number }>()(
  ({ db, arg }) =>
    db
      .selectFrom('event')
      .selectAll()
      .where('position', '>', arg.number('after'))
      .where('position', '<=', arg.number('horizon'))
      .orderBy('position')
      .limit(arg.number('limit')),
  eventFromRow,
)

interface NewEvent {
  type: string
  at: Date
  data: object
}

/** Values rather than a select, which would read the table it writes and so copy its row first. */
const appendToRun = statement<NewEvent & { runId: string }>()(({ db, dialect, arg }) =>
  db
    .insertInto('event')
    .values((eb) => ({
      run_id: arg.text('runId'),
      sequence: lastSequence(dialect, eb, arg.text('runId')),
      position: dialect.position.next,
      type: arg.text('type'),
      at: arg.instant('at'),
      data: arg.json('data'),
    }))
    .onConflict((conflict) => conflict.columns(['run_id', 'sequence']).doNothing()),
)

const appendToRunOfAgent = statement<NewEvent & { agentId: string }>()(({ db, dialect, arg }) =>
  db
    .insertInto('event')
    .values((eb) => ({
      run_id: runOfAgent(eb, arg.text('agentId')),
      sequence: lastSequence(dialect, eb, runOfAgent(eb, arg.text('agentId'))),
      position: dialect.position.next,
      type: arg.text('type'),
      at: arg.instant('at'),
      data: arg.json('data'),
    }))
    .onConflict((conflict) => conflict.columns(['run_id', 'sequence']).doNothing()),
)

/**
 * Nothing for an archived run, which has no events. Where writers do not take turns the row is held: whoever is archiving the run
 * is waited for, and takes the events away that would have kept this one from being appended.
 */
export const lastSequence = (
  { held }: SqlDialect,
  eb: ExpressionBuilder<Schema, 'event'>,
  runId: Expression<string>,
) =>
  eb
    .selectFrom('run')
    .select('last_sequence')
    .where('id', '=', runId)
    .where('archived_at', 'is', null)
    .modifyEnd(held)

const runOfAgent = (eb: ExpressionBuilder<Schema, 'event'>, agentId: Expression<string>) =>
  eb.selectFrom('execution').select('run_id').where('agent_id', '=', agentId).$asScalar()
