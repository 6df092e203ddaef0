import type {
  FoundRow,
  Inspection,
  KeptBody,
  KeptEvent,
  KeptRow,
  KeptSnapshot,
  KeptText,
} from '@consensus-store/core'
import { keptArchiveFromRow } from './archive-rows.ts'
import { artifactFactsFromRow } from './artifacts.ts'
import type { Session } from './context.ts'
import { eventFromRow } from './events.ts'
import { executionFromRow } from './execution-rows.ts'
import { runFromRow } from './runs.ts'
import { snapshotFromRow } from './snapshots.ts'
import { bind, type Kit, statement, variants } from './statement.ts'
import { synthesisFactsFromRow } from './syntheses.ts'

/** Reads what there is, row by row, whatever state it is in. */
export const inspection = (session: Session): Inspection => ({
  async runAfter(id) {
    return (await session.first(leastRun({ after: id !== undefined }), { after: id ?? '' })) ?? undefined
  },

  async lastRun() {
    return (await session.first(greatestRun, {})) ?? undefined
  },

  async kept(runId) {
    const of = { runId }
    const [[run], executions, artifacts, syntheses, events, bodies, snapshots, [archive]] =
      await session.snapshot([
        bind(runRow, of),
        bind(executionRows, of),
        bind(artifactRows, of),
        bind(synthesisRows, of),
        bind(eventRows, of),
        bind(bodyPositions, of),
        bind(snapshotKeys, of),
        bind(archiveRow, of),
      ])
    return { run, executions, artifacts, syntheses, events, bodies, snapshots, archive }
  },

  async archive(runId) {
    return (await session.first(legibleArchive, { runId }))?.archive
  },

  body: (position) => session.first(bodyText, { position }),
  metadata: (noun, id) => session.first(metadataText[noun], { id }),
  snapshot: (runId, sequence) => session.first(snapshotRow, { runId, sequence }),
  bodiesAfter: (position, limit) => session.all(bodyKeys, { after: position, limit }),
})

/** What a row is read as; `undefined` where that fails: then no version of this code wrote it. */
function legible<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

interface OfRun {
  runId: string
}

type Owner = 'event' | 'execution' | 'artifact' | 'synthesis' | 'snapshot' | 'archive'

/** By way of an index each. */
const leastRun = variants(({ after }: { after: boolean }) =>
  statement<{ after: string }>()(
    (kit) => {
      const { db } = kit
      return db
        .selectFrom(
          db
            .selectFrom('run')
            .select(({ fn }) => fn.min('id').as('id'))
            .$if(after, (query) => query.where('id', '>', kit.arg.text('after')))
            .unionAll(leastOwner(kit, 'event', after))
            .unionAll(leastOwner(kit, 'execution', after))
            .unionAll(leastOwner(kit, 'artifact', after))
            .unionAll(leastOwner(kit, 'synthesis', after))
            .unionAll(leastOwner(kit, 'archive', after))
            .unionAll(leastOwner(kit, 'snapshot', after))
            .as('least'),
        )
        .select(({ fn }) => fn.min('id').as('id'))
    },
    ({ id }) => id as string | null,
  ),
)

const leastOwner = ({ db, arg }: Kit<{ after: string }>, table: Owner, after: boolean) =>
  db
    .selectFrom(table as 'event')
    .select(({ fn }) => fn.min('run_id').as('id'))
    .$if(after, (query) => query.where('run_id', '>', arg.text('after')))

const greatestRun = statement()(
  ({ db }) => {
    const owner = (table: Owner) =>
      db.selectFrom(table as 'event').select(({ fn }) => fn.max('run_id').as('id'))
    return db
      .selectFrom(
        db
          .selectFrom('run')
          .select(({ fn }) => fn.max('id').as('id'))
          .unionAll(owner('event'))
          .unionAll(owner('execution'))
          .unionAll(owner('artifact'))
          .unionAll(owner('synthesis'))
          .unionAll(owner('archive'))
          .unionAll(owner('snapshot'))
          .as('greatest'),
      )
      .select(({ fn }) => fn.max('id').as('id'))
  },
  ({ id }) => id as string | null,
)

const runRow = statement<OfRun>()(
  ({ db, arg }) => db.selectFrom('run').selectAll().where('id', '=', arg.text('runId')),
  (row, dialect): FoundRow<ReturnType<typeof runFromRow>> => ({
    id: row.id,
    row: legible(() => runFromRow(row, dialect)),
  }),
)

const archiveRow = statement<OfRun>()(({ db, arg }) =>
  db.selectFrom('archive').select('checksum').where('run_id', '=', arg.text('runId')),
)

const legibleArchive = statement<OfRun>()(
  ({ db, arg }) => db.selectFrom('archive').selectAll().where('run_id', '=', arg.text('runId')),
  (row, dialect) => ({ archive: legible(() => keptArchiveFromRow(row, dialect)) }),
)

const executionRows = statement<OfRun>()(
  ({ db, arg }) => db.selectFrom('execution').selectAll().where('run_id', '=', arg.text('runId')),
  (row, dialect): KeptRow<ReturnType<typeof executionFromRow>> => ({
    id: row.agent_id,
    row: legible(() => executionFromRow(row, dialect)),
    bodyAt: row.response_position ?? undefined,
  }),
)

const artifactRows = statement<OfRun>()(
  ({ db, arg }) =>
    db
      .selectFrom('artifact')
      .select(['id', 'run_id', 'spec_id', 'stage', 'branch', 'agent_name', 'model_version', 'created_at'])
      .select(['content_bytes', 'content_digest', 'content_position', 'metadata_digest'])
      .where('run_id', '=', arg.text('runId')),
  (row, dialect): KeptRow<ReturnType<typeof artifactFactsFromRow>> => ({
    id: row.id,
    row: legible(() => artifactFactsFromRow(row, dialect)),
    bodyAt: row.content_position,
  }),
)

const synthesisRows = statement<OfRun>()(
  ({ db, arg }) =>
    db
      .selectFrom('synthesis')
      .select(['id', 'run_id', 'spec_id', 'stage', 'branch', 'verdict', 'agreements', 'conflicts'])
      .select(['output_path', 'created_at', 'markdown_bytes', 'markdown_digest', 'markdown_position'])
      .select('metadata_digest')
      .where('run_id', '=', arg.text('runId')),
  (row, dialect): KeptRow<ReturnType<typeof synthesisFactsFromRow>> => ({
    id: row.id,
    row: legible(() => synthesisFactsFromRow(row, dialect)),
    bodyAt: row.markdown_position,
  }),
)

const eventRows = statement<OfRun>()(
  ({ db, arg }) =>
    db.selectFrom('event').selectAll().where('run_id', '=', arg.text('runId')).orderBy('sequence'),
  (row, dialect): KeptEvent => ({
    sequence: row.sequence,
    position: row.position,
    event: legible(() => eventFromRow(row, dialect)),
  }),
)

const bodyPositions = statement<OfRun>()(
  ({ db, arg }) =>
    db
      .selectFrom('event')
      .innerJoin('body', 'body.position', 'event.position')
      .select('body.position')
      .where('event.run_id', '=', arg.text('runId'))
      .orderBy('event.sequence'),
  ({ position }) => position,
)

const snapshotKeys = statement<OfRun>()(({ db, arg }) =>
  db
    .selectFrom('snapshot')
    .select(['sequence', 'position'])
    .where('run_id', '=', arg.text('runId'))
    .orderBy('sequence'),
)

const snapshotRow = statement<OfRun & { sequence: number }>()(
  ({ db, arg }) =>
    db
      .selectFrom('snapshot')
      .selectAll()
      .where('run_id', '=', arg.text('runId'))
      .where('sequence', '=', arg.number('sequence')),
  (row, dialect): KeptSnapshot => ({ snapshot: legible(() => snapshotFromRow(row, dialect)) }),
)

const bodyText = statement<{ position: number }>()(
  ({ db, arg }) => db.selectFrom('body').select('text').where('position', '=', arg.number('position')),
  ({ text }, { body }): KeptText => ({ text: legible(() => body.decode(text)) }),
)

const metadataOf = (table: 'artifact' | 'synthesis') =>
  statement<{ id: string }>()(
    ({ db, arg }) =>
      db
        .selectFrom(table as 'artifact')
        .select('metadata')
        .where('id', '=', arg.text('id')),
    ({ metadata }): KeptText => ({ text: metadata }),
  )

const metadataText = { artifact: metadataOf('artifact'), synthesis: metadataOf('synthesis') } as const

const bodyKeys = statement<{ after: number; limit: number }>()(
  ({ db, arg }) =>
    db
      .selectFrom('body')
      .leftJoin('event', 'event.position', 'body.position')
      .select(['body.position', 'event.sequence'])
      .where('body.position', '>', arg.number('after'))
      .orderBy('body.position')
      .limit(arg.number('limit')),
  ({ position, sequence }): KeptBody => ({ position, told: sequence !== null }),
)
