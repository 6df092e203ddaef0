import {
  type Artifact,
  type ArtifactFacts,
  type Artifacts,
  addArtifact,
  addedArtifact,
  addsArtifactAnew,
  createdPosition,
  decodeJson,
  mustBeRunning,
  name,
  ownedQuery,
  page,
  settle,
} from '@consensus-store/core'
import type { Selectable } from 'kysely'
import { bodyOf, insertBody } from './bodies.ts'
import { claim, ofRun } from './claim.ts'
import type { SqlContext } from './context.ts'
import type { SqlDialect } from './dialect.ts'
import { append } from './events.ts'
import { type PageArguments, pageArguments } from './listing.ts'
import { knownRun } from './runs.ts'
import type { ArtifactTable } from './schema.ts'
import { bind, statement, variants } from './statement.ts'

export function artifacts({ session, env }: SqlContext): Artifacts {
  return {
    async add(input) {
      const draft = addArtifact(input, env)
      const { runId, at, added, content, metadata } = draft
      const id = added.artifactId
      return settle(`Artifact ${id}`, async () => {
        const [[run]] = await session.write([
          claim(ofRun(runId), claimForArtifact, { runId, id }),
          append(runId, { type: 'artifact.added', at, data: added }),
          bind(insertBody, { runId, text: content.text }),
          bind(insertAdded, {
            runId,
            id,
            agentName: added.agentName,
            modelVersion: added.modelVersion,
            at,
            contentBytes: content.bytes,
            contentDigest: content.digest,
            metadataDigest: metadata.digest,
            metadata: metadata.text,
          }),
        ])
        if (run) {
          return { ...addedArtifact({ id: runId, ...run }, at, added), metadata: decodeJson(metadata.text) }
        }
        const stored = await session.first(getArtifact, { id })
        if (!addsArtifactAnew(stored, draft)) return stored
        mustBeRunning(await knownRun(session, runId))
        return undefined
      })
    },

    async get(id) {
      return session.first(getArtifactWithContent, { id: name(id, 'id') })
    },

    async list(query) {
      const { page: request, ...filters } = ownedQuery('artifacts', query)
      const list = listArtifacts({ byRun: filters.runId !== undefined, after: request.after !== undefined })
      const rows = await session.all(list, { ...filters, ...pageArguments(request) })
      return page(rows, request, createdPosition)
    },
  }
}

export const artifactFromRow = (row: Selectable<ArtifactTable>, dialect: SqlDialect): Artifact => ({
  ...artifactFactsFromRow(row, dialect),
  metadata: decodeJson(row.metadata),
})

export const artifactFactsFromRow = (
  row: Omit<Selectable<ArtifactTable>, 'metadata'>,
  { instant }: SqlDialect,
): ArtifactFacts => ({
  id: row.id,
  runId: row.run_id,
  specId: row.spec_id,
  stage: row.stage,
  branch: row.branch ?? undefined,
  agentName: row.agent_name,
  modelVersion: row.model_version ?? undefined,
  createdAt: instant.decode(row.created_at),
  contentBytes: row.content_bytes,
  contentDigest: row.content_digest,
  metadataDigest: row.metadata_digest,
})

const getArtifact = statement<{ id: string }>()(
  ({ db, arg }) => db.selectFrom('artifact').selectAll().where('id', '=', arg.text('id')),
  artifactFromRow,
)

const getArtifactWithContent = statement<{ id: string }>()(
  ({ db, arg }) =>
    db
      .selectFrom('artifact')
      .leftJoin('body', 'body.position', 'artifact.content_position')
      .selectAll('artifact')
      .select('body.text')
      .where('artifact.id', '=', arg.text('id')),
  (row, dialect) => ({
    ...artifactFromRow(row, dialect),
    content: decodeJson(bodyOf(row.text, `content of artifact ${row.id}`, dialect)),
  }),
)

const claimForArtifact = statement<{ runId: string; id: string }>()(
  ({ db, arg }) =>
    db
      .updateTable('run')
      .set((eb) => ({ last_sequence: eb('last_sequence', '+', 1) }))
      .where('id', '=', arg.text('runId'))
      .where('status', '=', 'running')
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('artifact').select('id').where('id', '=', arg.text('id')))),
      )
      .returning(['spec_id', 'stage', 'branch']),
  (row) => ({ specId: row.spec_id, stage: row.stage, branch: row.branch ?? undefined }),
)

type NewRow = Pick<
  ArtifactFacts,
  'id' | 'runId' | 'agentName' | 'modelVersion' | 'contentBytes' | 'contentDigest' | 'metadataDigest'
>

const insertAdded = statement<NewRow & { at: Date; metadata: string }>()(({ db, dialect, arg }) =>
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
    .expression((eb) =>
      eb
        .selectFrom('run')
        .select([arg.text('id').as('artifact_id'), 'id', 'spec_id', 'stage', 'branch'])
        .select([
          arg.text('agentName').as('agent_name'),
          arg.text('modelVersion').as('model_version'),
          arg.instant('at').as('created_at'),
          arg.number('contentBytes').as('content_bytes'),
          arg.text('contentDigest').as('content_digest'),
          dialect.position.current.as('content_position'),
          arg.text('metadataDigest').as('metadata_digest'),
          arg.text('metadata').as('metadata'),
        ])
        .where('id', '=', arg.text('runId'))
        .where((run) => dialect.appendedTo(run.ref('run.id'))),
    ),
)

interface ArtifactFilters extends PageArguments {
  runId: string | undefined
  specId: string | undefined
  stage: string | undefined
}

const listArtifacts = variants((given: { byRun: boolean; after: boolean }) =>
  statement<ArtifactFilters>()(
    ({ db, arg }) =>
      db
        .selectFrom('artifact')
        .selectAll()
        .$if(given.byRun, (query) => query.where('run_id', '=', arg.text('runId')))
        .$if(!given.byRun, (query) =>
          query.where('spec_id', '=', arg.text('specId')).where('stage', '=', arg.text('stage')),
        )
        .$if(given.after, (query) =>
          query.where(({ eb, refTuple, tuple }) =>
            eb(refTuple('created_at', 'id'), '<', tuple(arg.instant('afterAt'), arg.text('afterId'))),
          ),
        )
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(arg.number('rows')),
    artifactFromRow,
  ),
)
