import type { EncodedBundle, Execution } from '@consensus-store/core'
import type { Kysely, RawBuilder } from 'kysely'
import { insertion } from './insertion.ts'
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

export const insertExecutions = insertion<OfRun, Execution & OfEntry>()('execution', ({ db, arg, row }) => ({
  agent_id: row.text('agentId'),
  run_id: arg.text('runId'),
  spec_id: row.text('specId'),
  stage: row.text('stage'),
  branch: row.text('branch'),
  agent_name: row.text('agentName'),
  phase_type: row.text('phaseType'),
  model_version: row.text('modelVersion'),
  status: row.text('status'),
  spawned_at: row.instant('spawnedAt'),
  started_at: row.instant('startedAt'),
  ended_at: row.instant('endedAt'),
  failure: row.json('failure'),
  response_bytes: row.number('responseBytes'),
  response_digest: row.text('responseDigest'),
  response_position: positionOf(db, arg.text('runId'), row.number('sequence')),
}))

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

type NewArtifact = EncodedBundle['artifacts'][number]['row'] & OfEntry & { metadata: string }

export const insertArtifacts = insertion<OfRun, NewArtifact>()('artifact', ({ db, arg, row }) => ({
  id: row.text('id'),
  run_id: arg.text('runId'),
  spec_id: row.text('specId'),
  stage: row.text('stage'),
  branch: row.text('branch'),
  agent_name: row.text('agentName'),
  model_version: row.text('modelVersion'),
  created_at: row.instant('createdAt'),
  content_bytes: row.number('contentBytes'),
  content_digest: row.text('contentDigest'),
  content_position: positionOf(db, arg.text('runId'), row.number('sequence')),
  metadata_digest: row.text('metadataDigest'),
  metadata: row.text('metadata'),
}))

type NewSynthesis = EncodedBundle['syntheses'][number]['row'] & OfEntry & { metadata: string }

export const insertSyntheses = insertion<OfRun, NewSynthesis>()('synthesis', ({ db, arg, row }) => ({
  id: row.text('id'),
  run_id: arg.text('runId'),
  spec_id: row.text('specId'),
  stage: row.text('stage'),
  branch: row.text('branch'),
  verdict: row.text('verdict'),
  agreements: row.json('agreements'),
  conflicts: row.json('conflicts'),
  output_path: row.text('outputPath'),
  created_at: row.instant('createdAt'),
  markdown_bytes: row.number('markdownBytes'),
  markdown_digest: row.text('markdownDigest'),
  markdown_position: positionOf(db, arg.text('runId'), row.number('sequence')),
  metadata_digest: row.text('metadataDigest'),
  metadata: row.text('metadata'),
}))
