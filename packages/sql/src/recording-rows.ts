import type { EncodedBundle, Execution } from '@consensus-store/core'
import type { Kysely, RawBuilder } from 'kysely'
import type { Schema } from './schema.ts'
import { statement } from './statement.ts'

interface NewEntry {
  runId: string
  /** The run's last sequence before the write; its row says a later one when it was claimed. */
  after: number
  sequence: number
  type: string
  at: Date
  data: object
}

/**
 * Nothing, when the run is not beyond `after`; a refusal, when it is beyond without having been claimed, for then it has
 * an event of this sequence.
 */
export const insertEntry = statement<NewEntry>()(({ db, dialect, arg }) =>
  db
    .insertInto('event')
    .columns(['run_id', 'sequence', 'position', 'type', 'at', 'data'])
    .expression(
      db
        .selectFrom('run')
        .select(['id', arg.number('sequence').as('sequence'), dialect.position.next.as('position')])
        .select([arg.text('type').as('type'), arg.instant('at').as('at'), arg.json('data').as('data')])
        .where('id', '=', arg.text('runId'))
        .where('last_sequence', '>', arg.number('after')),
    ),
)

interface OfEntry {
  runId: string
  /** Of the event that the row or body came with. */
  sequence: number
}

const entry = (db: Kysely<Schema>, runId: RawBuilder<string>, sequence: RawBuilder<number>) =>
  db.selectFrom('event').where('event.run_id', '=', runId).where('event.sequence', '=', sequence)

export const insertBodyOf = statement<OfEntry & { text: string }>()(({ db, arg }) =>
  db
    .insertInto('body')
    .columns(['position', 'text'])
    .expression(
      entry(db, arg.text('runId'), arg.number('sequence')).select([
        'event.position',
        arg.body('text').as('text'),
      ]),
    ),
)

/** `answered` is the sequence of the event that brought the response. */
type ExecutionOfEntry = Execution & OfEntry & { answered: number }

export const insertExecution = statement<ExecutionOfEntry>()(({ db, arg }) =>
  db
    .insertInto('execution')
    .columns([
      'agent_id',
      'run_id',
      'spec_id',
      'stage',
      'branch',
      'agent_name',
      'phase_type',
      'model_version',
      'status',
      'spawned_at',
      'started_at',
      'ended_at',
      'failure',
      'response_bytes',
      'response_digest',
      'response_position',
    ])
    .expression(
      entry(db, arg.text('runId'), arg.number('sequence')).select([
        arg.text('agentId').as('agent_id'),
        'event.run_id',
        arg.text('specId').as('spec_id'),
        arg.text('stage').as('stage'),
        arg.text('branch').as('branch'),
        arg.text('agentName').as('agent_name'),
        arg.text('phaseType').as('phase_type'),
        arg.text('modelVersion').as('model_version'),
        arg.text('status').as('status'),
        arg.instant('spawnedAt').as('spawned_at'),
        arg.instant('startedAt').as('started_at'),
        arg.instant('endedAt').as('ended_at'),
        arg.json('failure').as('failure'),
        arg.number('responseBytes').as('response_bytes'),
        arg.text('responseDigest').as('response_digest'),
        entry(db, arg.text('runId'), arg.number('answered')).select('event.position').as('response_position'),
      ]),
    ),
)

/** Brings an execution that was still open up to what later events say of it. */
export const changeExecution = statement<ExecutionOfEntry>()(({ db, arg }) =>
  db
    .updateTable('execution')
    .set({
      status: arg.text('status'),
      started_at: arg.instant('startedAt'),
      ended_at: arg.instant('endedAt'),
      failure: arg.json('failure'),
      response_bytes: arg.number('responseBytes'),
      response_digest: arg.text('responseDigest'),
      response_position: entry(db, arg.text('runId'), arg.number('answered')).select('event.position'),
    })
    .where('agent_id', '=', arg.text('agentId'))
    .where(({ exists }) =>
      exists(entry(db, arg.text('runId'), arg.number('sequence')).select('event.position')),
    ),
)

export const insertArtifact = statement<
  EncodedBundle['artifacts'][number]['row'] & OfEntry & { metadata: string }
>()(({ db, arg }) =>
  db
    .insertInto('artifact')
    .columns([
      'id',
      'run_id',
      'spec_id',
      'stage',
      'branch',
      'agent_name',
      'model_version',
      'created_at',
      'content_bytes',
      'content_digest',
      'content_position',
      'metadata_digest',
      'metadata',
    ])
    .expression(
      entry(db, arg.text('runId'), arg.number('sequence')).select([
        arg.text('id').as('id'),
        'event.run_id',
        arg.text('specId').as('spec_id'),
        arg.text('stage').as('stage'),
        arg.text('branch').as('branch'),
        arg.text('agentName').as('agent_name'),
        arg.text('modelVersion').as('model_version'),
        arg.instant('createdAt').as('created_at'),
        arg.number('contentBytes').as('content_bytes'),
        arg.text('contentDigest').as('content_digest'),
        'event.position',
        arg.text('metadataDigest').as('metadata_digest'),
        arg.text('metadata').as('metadata'),
      ]),
    ),
)

export const insertSynthesis = statement<
  EncodedBundle['syntheses'][number]['row'] & OfEntry & { metadata: string }
>()(({ db, arg }) =>
  db
    .insertInto('synthesis')
    .columns([
      'id',
      'run_id',
      'spec_id',
      'stage',
      'branch',
      'verdict',
      'agreements',
      'conflicts',
      'output_path',
      'created_at',
      'markdown_bytes',
      'markdown_digest',
      'markdown_position',
      'metadata_digest',
      'metadata',
    ])
    .expression(
      entry(db, arg.text('runId'), arg.number('sequence')).select([
        arg.text('id').as('id'),
        'event.run_id',
        arg.text('specId').as('spec_id'),
        arg.text('stage').as('stage'),
        arg.text('branch').as('branch'),
        arg.text('verdict').as('verdict'),
        arg.json('agreements').as('agreements'),
        arg.json('conflicts').as('conflicts'),
        arg.text('outputPath').as('output_path'),
        arg.instant('createdAt').as('created_at'),
        arg.number('markdownBytes').as('markdown_bytes'),
        arg.text('markdownDigest').as('markdown_digest'),
        'event.position',
        arg.text('metadataDigest').as('metadata_digest'),
        arg.text('metadata').as('metadata'),
      ]),
    ),
)
