import {
  addedSynthesis,
  addSynthesis,
  addsSynthesisAnew,
  createdPosition,
  decodeJson,
  mustBeRunning,
  name,
  ownedQuery,
  page,
  type StageQuery,
  type Syntheses,
  type Synthesis,
  type SynthesisFacts,
  settle,
  stageQuery,
} from '@consensus-store/core'
import type { Selectable } from 'kysely'
import { bodyOf, insertBody } from './bodies.ts'
import { claim, ofRun } from './claim.ts'
import type { SqlContext } from './context.ts'
import type { SqlDialect, Stored } from './dialect.ts'
import { append } from './events.ts'
import { type PageArguments, pageArguments } from './listing.ts'
import { knownRun } from './runs.ts'
import type { SynthesisTable } from './schema.ts'
import { bind, statement, variants } from './statement.ts'

export function syntheses({ session, env }: SqlContext): Syntheses {
  return {
    async add(input) {
      const draft = addSynthesis(input, env)
      const { runId, at, added, markdown, metadata } = draft
      const id = added.synthesisId
      return settle(`Synthesis ${id}`, async () => {
        const [[run]] = await session.write([
          claim(ofRun(runId), claimForSynthesis, { runId, id }),
          append(runId, { type: 'synthesis.added', at, data: added }),
          bind(insertBody, { runId, text: markdown.text }),
          bind(insertAdded, {
            runId,
            id,
            verdict: added.verdict,
            agreements: added.agreements,
            conflicts: added.conflicts,
            outputPath: added.outputPath,
            at,
            markdownBytes: markdown.bytes,
            markdownDigest: markdown.digest,
            metadataDigest: metadata.digest,
            metadata: metadata.text,
          }),
        ])
        if (run) {
          return { ...addedSynthesis({ id: runId, ...run }, at, added), metadata: decodeJson(metadata.text) }
        }
        const stored = await session.first(getSynthesis, { id })
        if (!addsSynthesisAnew(stored, draft)) return stored
        mustBeRunning(await knownRun(session, runId))
        return undefined
      })
    },

    async get(id) {
      return session.first(getSynthesisWithMarkdown, { id: name(id, 'id') })
    },

    async latest(query) {
      return session.first(latestSynthesis, stageQuery(query))
    },

    async list(query) {
      const { page: request, ...filters } = ownedQuery('syntheses', query)
      const list = listSyntheses({ byRun: filters.runId !== undefined, after: request.after !== undefined })
      const rows = await session.all(list, { ...filters, ...pageArguments(request) })
      return page(rows, request, createdPosition)
    },
  }
}

const synthesisFromRow = (row: Selectable<SynthesisTable>, dialect: SqlDialect): Synthesis => ({
  ...synthesisFactsFromRow(row, dialect),
  metadata: decodeJson(row.metadata),
})

export const synthesisFactsFromRow = (
  row: Omit<Selectable<SynthesisTable>, 'metadata'>,
  { instant }: SqlDialect,
): SynthesisFacts => ({
  id: row.id,
  runId: row.run_id,
  specId: row.spec_id,
  stage: row.stage,
  branch: row.branch ?? undefined,
  verdict: row.verdict,
  agreements: JSON.parse(row.agreements),
  conflicts: JSON.parse(row.conflicts),
  outputPath: row.output_path ?? undefined,
  createdAt: instant.decode(row.created_at),
  markdownBytes: row.markdown_bytes,
  markdownDigest: row.markdown_digest,
  metadataDigest: row.metadata_digest,
})

export const withMarkdown = (
  row: Selectable<SynthesisTable> & { readonly text: Stored<string> | null },
  dialect: SqlDialect,
) => ({
  ...synthesisFromRow(row, dialect),
  markdown: bodyOf(row.text, `markdown of synthesis ${row.id}`, dialect),
})

const getSynthesis = statement<{ id: string }>()(
  ({ db, arg }) => db.selectFrom('synthesis').selectAll().where('id', '=', arg.text('id')),
  synthesisFromRow,
)

const getSynthesisWithMarkdown = statement<{ id: string }>()(
  ({ db, arg }) =>
    db
      .selectFrom('synthesis')
      .leftJoin('body', 'body.position', 'synthesis.markdown_position')
      .selectAll('synthesis')
      .select('body.text')
      .where('synthesis.id', '=', arg.text('id')),
  withMarkdown,
)

const latestSynthesis = statement<StageQuery>()(
  ({ db, arg }) =>
    db
      .selectFrom('synthesis')
      .leftJoin('body', 'body.position', 'synthesis.markdown_position')
      .selectAll('synthesis')
      .select('body.text')
      .where('synthesis.spec_id', '=', arg.text('specId'))
      .where('synthesis.stage', '=', arg.text('stage'))
      .orderBy('synthesis.created_at', 'desc')
      .orderBy('synthesis.id', 'desc')
      .limit(1),
  withMarkdown,
)

const claimForSynthesis = statement<{ runId: string; id: string }>()(
  ({ db, arg }) =>
    db
      .updateTable('run')
      .set((eb) => ({ last_sequence: eb('last_sequence', '+', 1) }))
      .where('id', '=', arg.text('runId'))
      .where('status', '=', 'running')
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('synthesis').select('id').where('id', '=', arg.text('id')))),
      )
      .returning(['spec_id', 'stage', 'branch']),
  (row) => ({ specId: row.spec_id, stage: row.stage, branch: row.branch ?? undefined }),
)

type NewRow = Pick<
  SynthesisFacts,
  | 'id'
  | 'runId'
  | 'verdict'
  | 'agreements'
  | 'conflicts'
  | 'outputPath'
  | 'markdownBytes'
  | 'markdownDigest'
  | 'metadataDigest'
>

const insertAdded = statement<NewRow & { at: Date; metadata: string }>()(({ db, dialect, arg }) =>
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
    .expression((eb) =>
      eb
        .selectFrom('run')
        .select([arg.text('id').as('synthesis_id'), 'id', 'spec_id', 'stage', 'branch'])
        .select([
          arg.text('verdict').as('verdict'),
          arg.json('agreements').as('agreements'),
          arg.json('conflicts').as('conflicts'),
          arg.text('outputPath').as('output_path'),
          arg.instant('at').as('created_at'),
          arg.number('markdownBytes').as('markdown_bytes'),
          arg.text('markdownDigest').as('markdown_digest'),
          dialect.position.current.as('markdown_position'),
          arg.text('metadataDigest').as('metadata_digest'),
          arg.text('metadata').as('metadata'),
        ])
        .where('id', '=', arg.text('runId'))
        .where((run) => dialect.appendedTo(run.ref('run.id'))),
    ),
)

interface SynthesisFilters extends PageArguments {
  runId: string | undefined
  specId: string | undefined
  stage: string | undefined
}

const listSyntheses = variants((given: { byRun: boolean; after: boolean }) =>
  statement<SynthesisFilters>()(
    ({ db, arg }) =>
      db
        .selectFrom('synthesis')
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
    synthesisFromRow,
  ),
)
