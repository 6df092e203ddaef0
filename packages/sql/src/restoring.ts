import {
  type ArtifactFacts,
  type Execution,
  type Inspection,
  type MovedBody,
  type Restoration,
  type Run,
  StoreError,
  type SynthesisFacts,
  type Untold,
  type Workshop,
} from '@consensus-store/core'
import { type InsertObject, type RawBuilder, sql } from 'kysely'
import { claim, OF_NO_RUN, ofRun } from './claim.ts'
import type { Session } from './context.ts'
import { inspection } from './inspection.ts'
import { artifactValues, executionValues, runValues, synthesisValues } from './row-values.ts'
import type { Schema } from './schema.ts'
import { type Bound, bind, type Kit, statement } from './statement.ts'

interface WorkshopOptions {
  readonly session: Session
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>
}

/** What rebuilding takes: to look at everything as it is, and to write rows as they should be. */
export const workshop = ({ session, transaction }: WorkshopOptions): Workshop => ({
  inspection: inspection(session),

  restore: (runId, plan) =>
    transaction(async (inside) => {
      await inside.write([claim(ofRun(runId), claimAsItIs, { id: runId })])
      return carryOut(inside, runId, plan)
    }),

  async removeStray(position) {
    await session.write([claim(OF_NO_RUN, removeStray, { position })])
  },
})

async function carryOut(
  session: Session,
  runId: string,
  plan: (inside: Inspection) => Promise<Restoration | undefined>,
): Promise<Restoration | undefined> {
  const restoration = await plan(inspection(session))
  if (!restoration) return undefined
  for (const step of puts(restoration)) {
    const [[written]] = await session.write([{ ...step, claims: ofRun(runId) }])
    if (!written)
      throw new StoreError('CONFLICT', `Run ${runId} has a row that the database refuses to restore`)
  }
  for (const step of [...moves(restoration.bodies), ...removals(runId, restoration.untold)]) {
    await session.write([{ ...step, claims: ofRun(runId) }])
  }
  return restoration
}

/** The run's row comes before the rows that belong to it. */
const puts = ({ run, executions, artifacts, syntheses }: Restoration): readonly Bound[] => [
  ...(run ? [bind(putRun, run)] : []),
  ...executions.map(({ row, bodyAt }) => bind(putExecution, { ...row, bodyAt })),
  ...artifacts.map(({ row, bodyAt, metadata }) => bind(putArtifact, { ...row, bodyAt, metadata })),
  ...syntheses.map(({ row, bodyAt, metadata }) => bind(putSynthesis, { ...row, bodyAt, metadata })),
]

/** By way of positions that no event has, so that bodies can change places. */
const moves = (bodies: readonly MovedBody[]): readonly Bound[] => {
  const left = bodies.filter(({ leaves }) => leaves).map(({ from }) => from)
  const cleared = new Set([...bodies.map(({ to }) => to), ...left])
  return [
    ...bodies.map(({ from, to }) => bind(copyAside, { from, to })),
    ...[...cleared].map((position) => bind(clearPlace, { position })),
    ...bodies.map(({ to }) => bind(putInPlace, { to })),
  ]
}

/** And goes after them. */
const removals = (
  runId: string,
  { run, executions, artifacts, syntheses, bodies, snapshots }: Untold,
): readonly Bound[] => [
  ...executions.map((agentId) => bind(removeExecution, { key: agentId, runId })),
  ...artifacts.map((id) => bind(removeArtifact, { key: id, runId })),
  ...syntheses.map((id) => bind(removeSynthesis, { key: id, runId })),
  ...bodies.map((position) => bind(removeBody, { position, runId })),
  ...snapshots.map((sequence) => bind(removeSnapshot, { key: sequence, runId })),
  ...(run ? [bind(removeRun, { id: runId })] : []),
]

/** Holds the run as every write does, and leaves it as it is. */
export const claimAsItIs = statement<{ id: string }>()(({ db, arg }) =>
  db
    .updateTable('run')
    .set((eb) => ({ last_sequence: eb.ref('last_sequence') }))
    .where('id', '=', arg.text('id'))
    .returning('id'),
)

/** Writes a row whether it is there or not. */
const put =
  <A extends object>() =>
  <T extends keyof Schema, K extends keyof Schema[T] & string>(
    table: T,
    key: K,
    values: (kit: Kit<A>) => InsertObject<Schema, T>,
    whereThere: (kit: Kit<A>) => Partial<InsertObject<Schema, T>> = () => ({}),
  ) =>
    statement<A>()((kit) => {
      const row = values(kit)
      const { [key]: _, ...rest } = { ...row, ...whereThere(kit) } as Record<string, unknown>
      return kit.db
        .insertInto(table)
        .values(row)
        .onConflict((conflict) => conflict.column(key as never).doUpdateSet(rest as never))
        .returning(key as never)
    })

const putRun = put<Run>()('run', 'id', ({ arg }) => runValues(arg))

interface Placed {
  bodyAt: number
}

const putExecution = put<Execution & { bodyAt: number | undefined }>()('execution', 'agent_id', ({ arg }) =>
  executionValues(arg, { run_id: arg.text('runId'), response_position: arg.number('bodyAt') }),
)

interface WithMetadata extends Placed {
  metadata: string | undefined
}

/** Metadata that are lost are `null`: it is no other than they were that says so, but their digest. */
const LOST = sql.lit('null') as RawBuilder<string>

const metadataOr = (given: RawBuilder<string>, otherwise: unknown) =>
  sql<string>`coalesce(${given}, ${otherwise})`

const putArtifact = put<ArtifactFacts & WithMetadata>()(
  'artifact',
  'id',
  ({ arg }) =>
    artifactValues(arg, {
      run_id: arg.text('runId'),
      content_position: arg.number('bodyAt'),
      metadata: metadataOr(arg.text('metadata'), LOST),
    }),
  ({ arg }) => ({ metadata: metadataOr(arg.text('metadata'), sql.ref('artifact.metadata')) }),
)

const putSynthesis = put<SynthesisFacts & WithMetadata>()(
  'synthesis',
  'id',
  ({ arg }) =>
    synthesisValues(arg, {
      run_id: arg.text('runId'),
      markdown_position: arg.number('bodyAt'),
      metadata: metadataOr(arg.text('metadata'), LOST),
    }),
  ({ arg }) => ({ metadata: metadataOr(arg.text('metadata'), sql.ref('synthesis.metadata')) }),
)

/** Removes a row by its key, if it is of the run. */
const removal = <K extends string | number>(
  table: 'execution' | 'artifact' | 'synthesis' | 'snapshot',
  column: string,
  kind: 'text' | 'number',
) =>
  statement<{ key: K; runId: string }>()(({ db, arg }) =>
    db
      .deleteFrom(table as 'execution')
      .where('run_id', '=', arg.text('runId'))
      .where(sql.ref(column), '=', (arg[kind] as (name: 'key') => RawBuilder<K>)('key')),
  )

const removeExecution = removal<string>('execution', 'agent_id', 'text')
const removeArtifact = removal<string>('artifact', 'id', 'text')
const removeSynthesis = removal<string>('synthesis', 'id', 'text')
const removeSnapshot = removal<number>('snapshot', 'sequence', 'number')

const removeBody = statement<{ position: number; runId: string }>()(({ db, arg }) =>
  db
    .deleteFrom('body')
    .where('position', '=', arg.number('position'))
    .where('position', 'in', ({ selectFrom }) =>
      selectFrom('event').select('event.position').where('event.run_id', '=', arg.text('runId')),
    )
    .returning('position'),
)

const copyAside = statement<{ from: number; to: number }>()(({ db, arg }) =>
  db
    .insertInto('body')
    .columns(['position', 'text'])
    .expression(
      db
        .selectFrom('body')
        .select([sql<number>`-${arg.number('to')}`.as('aside'), 'text'])
        .where('position', '=', arg.number('from')),
    )
    .returning('position'),
)

const clearPlace = statement<{ position: number }>()(({ db, arg }) =>
  db.deleteFrom('body').where('position', '=', arg.number('position')).returning('position'),
)

const putInPlace = statement<{ to: number }>()(({ db, arg }) =>
  db
    .updateTable('body')
    .set({ position: arg.number('to') })
    .where('position', '=', sql<number>`-${arg.number('to')}`)
    .returning('position'),
)

const removeStray = statement<{ position: number }>()(({ db, arg }) =>
  db
    .deleteFrom('body')
    .where('position', '=', arg.number('position'))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(selectFrom('event').select('sequence').where('event.position', '=', arg.number('position'))),
      ),
    )
    .returning('position'),
)

const removeRun = statement<{ id: string }>()(({ db, arg }) =>
  db.deleteFrom('run').where('id', '=', arg.text('id')).returning('id'),
)
