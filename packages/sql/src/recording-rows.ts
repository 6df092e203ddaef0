import type { ArtifactFacts, Execution, SynthesisFacts } from '@consensus-store/core'
import type { Kysely, RawBuilder } from 'kysely'
import { insertion } from './insertion.ts'
import { artifactValues, executionValues, laterExecutionValues, synthesisValues } from './row-values.ts'
import type { Schema } from './schema.ts'
import { statement } from './statement.ts'

interface OfRun {
  runId: string
}

interface NewEntry {
  sequence: number
  type: string
  at: Date
  data: object
}

/**
 * The first of these is what keeps a write whose claim failed from happening: of a run that is not beyond `after`, its
 * last sequence before the write, or archived, it has no run to name, and of one that is beyond it without having been claimed
 * there is an event of this sequence already.
 */
export const insertEntries = insertion<OfRun & { after: number }, NewEntry>()(
  'event',
  ({ db, dialect, arg, row }) => ({
    run_id: db
      .selectFrom('run')
      .select('id')
      .where('id', '=', arg.text('runId'))
      .where('last_sequence', '>', arg.number('after'))
      .where('archived_at', 'is', null)
      .modifyEnd(dialect.held),
    sequence: row.number('sequence'),
    position: dialect.position.next,
    type: row.text('type'),
    at: row.instant('at'),
    data: row.json('data'),
  }),
)

interface OfEntry {
  /** Of the event that brought the body of the row. */
  sequence: number
}

const positionOf = (db: Kysely<Schema>, runId: RawBuilder<string>, sequence: RawBuilder<number>) =>
  db
    .selectFrom('event')
    .select('event.position')
    .where('event.run_id', '=', runId)
    .where('event.sequence', '=', sequence)

export const insertBodies = insertion<OfRun, OfEntry & { text: string }>()('body', ({ db, arg, row }) => ({
  position: positionOf(db, arg.text('runId'), row.number('sequence')),
  text: row.body('text'),
}))

export const insertExecutions = insertion<OfRun, Execution & OfEntry>()('execution', ({ db, arg, row }) =>
  executionValues(row, {
    run_id: arg.text('runId'),
    response_position: positionOf(db, arg.text('runId'), row.number('sequence')),
  }),
)

/** Brings an execution that was still open up to what later events say of it. */
export const changeExecution = statement<Execution & OfEntry>()(({ db, arg }) =>
  db
    .updateTable('execution')
    .set({
      ...laterExecutionValues(arg),
      response_position: positionOf(db, arg.text('runId'), arg.number('sequence')),
    })
    .where('agent_id', '=', arg.text('agentId')),
)

interface WithMetadata extends OfEntry {
  metadata: string
}

export const insertArtifacts = insertion<OfRun, ArtifactFacts & WithMetadata>()(
  'artifact',
  ({ db, arg, row }) =>
    artifactValues(row, {
      run_id: arg.text('runId'),
      content_position: positionOf(db, arg.text('runId'), row.number('sequence')),
      metadata: row.text('metadata'),
    }),
)

export const insertSyntheses = insertion<OfRun, SynthesisFacts & WithMetadata>()(
  'synthesis',
  ({ db, arg, row }) =>
    synthesisValues(row, {
      run_id: arg.text('runId'),
      markdown_position: positionOf(db, arg.text('runId'), row.number('sequence')),
      metadata: row.text('metadata'),
    }),
)
