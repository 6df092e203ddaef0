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
 * The first of these is what keeps a write whose claim failed from happening: of a run that is not beyond `after` it has
 * no run to name, and of one that is beyond it without having been claimed there is an event of this sequence already.
 */
export const insertEntry = statement<NewEntry>()(({ db, dialect, arg }) =>
  db.insertInto('event').values({
    run_id: db
      .selectFrom('run')
      .select('id')
      .where('id', '=', arg.text('runId'))
      .where('last_sequence', '>', arg.number('after')),
    sequence: arg.number('sequence'),
    position: dialect.position.next,
    type: arg.text('type'),
    at: arg.instant('at'),
    data: arg.json('data'),
  }),
)

interface OfEntry {
  runId: string
  /** Of the event that brought the body of the row. */
  sequence: number
}

const positionOf = (db: Kysely<Schema>, runId: RawBuilder<string>, sequence: RawBuilder<number>) =>
  db
    .selectFrom('event')
    .select('event.position')
    .where('event.run_id', '=', runId)
    .where('event.sequence', '=', sequence)

export const insertBodyOf = statement<OfEntry & { text: string }>()(({ db, arg }) =>
  db
    .insertInto('body')
    .values({ position: positionOf(db, arg.text('runId'), arg.number('sequence')), text: arg.body('text') }),
)

export const insertExecution = statement<Execution & OfEntry>()(({ db, arg }) =>
  db.insertInto('execution').values({
    agent_id: arg.text('agentId'),
    run_id: arg.text('runId'),
    spec_id: arg.text('specId'),
    stage: arg.text('stage'),
    branch: arg.text('branch'),
    agent_name: arg.text('agentName'),
    phase_type: arg.text('phaseType'),
    model_version: arg.text('modelVersion'),
    status: arg.text('status'),
    spawned_at: arg.instant('spawnedAt'),
    started_at: arg.instant('startedAt'),
    ended_at: arg.instant('endedAt'),
    failure: arg.json('failure'),
    response_bytes: arg.number('responseBytes'),
    response_digest: arg.text('responseDigest'),
    response_position: positionOf(db, arg.text('runId'), arg.number('sequence')),
  }),
)

/** Brings an execution that was still open up to what later events say of it. */
export const changeExecution = statement<Execution & OfEntry>()(({ db, arg }) =>
  db
    .updateTable('execution')
    .set({
      status: arg.text('status'),
      started_at: arg.instant('startedAt'),
      ended_at: arg.instant('endedAt'),
      failure: arg.json('failure'),
      response_bytes: arg.number('responseBytes'),
      response_digest: arg.text('responseDigest'),
      response_position: positionOf(db, arg.text('runId'), arg.number('sequence')),
    })
    .where('agent_id', '=', arg.text('agentId')),
)

export const insertArtifact = statement<
  EncodedBundle['artifacts'][number]['row'] & OfEntry & { metadata: string }
>()(({ db, arg }) =>
  db.insertInto('artifact').values({
    id: arg.text('id'),
    run_id: arg.text('runId'),
    spec_id: arg.text('specId'),
    stage: arg.text('stage'),
    branch: arg.text('branch'),
    agent_name: arg.text('agentName'),
    model_version: arg.text('modelVersion'),
    created_at: arg.instant('createdAt'),
    content_bytes: arg.number('contentBytes'),
    content_digest: arg.text('contentDigest'),
    content_position: positionOf(db, arg.text('runId'), arg.number('sequence')),
    metadata_digest: arg.text('metadataDigest'),
    metadata: arg.text('metadata'),
  }),
)

export const insertSynthesis = statement<
  EncodedBundle['syntheses'][number]['row'] & OfEntry & { metadata: string }
>()(({ db, arg }) =>
  db.insertInto('synthesis').values({
    id: arg.text('id'),
    run_id: arg.text('runId'),
    spec_id: arg.text('specId'),
    stage: arg.text('stage'),
    branch: arg.text('branch'),
    verdict: arg.text('verdict'),
    agreements: arg.json('agreements'),
    conflicts: arg.json('conflicts'),
    output_path: arg.text('outputPath'),
    created_at: arg.instant('createdAt'),
    markdown_bytes: arg.number('markdownBytes'),
    markdown_digest: arg.text('markdownDigest'),
    markdown_position: positionOf(db, arg.text('runId'), arg.number('sequence')),
    metadata_digest: arg.text('metadataDigest'),
    metadata: arg.text('metadata'),
  }),
)
