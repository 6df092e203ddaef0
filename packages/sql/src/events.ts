import { type Draft, type Event, type Events, eventQuery, name } from '@consensus-store/core'
import type { Selectable } from 'kysely'
import type { SqlContext } from './context.ts'
import type { SqlDialect } from './dialect.ts'
import type { EventTable } from './schema.ts'
import { type Bound, bind, statement } from './statement.ts'

export function events({ session }: SqlContext): Events {
  return {
    async read(runId, query) {
      return session.all(readRun, { runId: name(runId, 'runId'), ...eventQuery(query) })
    },

    async readAll(query) {
      const { after, limit } = eventQuery(query)
      const horizon = await session.horizon()
      return session.all(readStore, { after, horizon, limit })
    },
  }
}

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

const appendToRun = statement<NewEvent & { runId: string }>()(({ db, dialect, arg }) =>
  db
    .insertInto('event')
    .columns(['run_id', 'sequence', 'position', 'type', 'at', 'data'])
    .expression((eb) =>
      eb
        .selectFrom('run')
        .select(['id', 'last_sequence', dialect.position.next.as('position')])
        .select([arg.text('type').as('type'), arg.instant('at').as('at'), arg.json('data').as('data')])
        .where('id', '=', arg.text('runId')),
    )
    .onConflict((conflict) => conflict.columns(['run_id', 'sequence']).doNothing()),
)

const appendToRunOfAgent = statement<NewEvent & { agentId: string }>()(({ db, dialect, arg }) =>
  db
    .insertInto('event')
    .columns(['run_id', 'sequence', 'position', 'type', 'at', 'data'])
    .expression((eb) =>
      eb
        .selectFrom('execution')
        .innerJoin('run', 'run.id', 'execution.run_id')
        .select(['run.id', 'run.last_sequence', dialect.position.next.as('position')])
        .select([arg.text('type').as('type'), arg.instant('at').as('at'), arg.json('data').as('data')])
        .where('execution.agent_id', '=', arg.text('agentId')),
    )
    .onConflict((conflict) => conflict.columns(['run_id', 'sequence']).doNothing()),
)
