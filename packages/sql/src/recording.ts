import type { EncodedBundle, Execution, LogEntry, Run } from '@consensus-store/core'
import type { Kysely, RawBuilder } from 'kysely'
import type { Schema } from './schema.ts'
import { type Bound, bind, statement } from './statement.ts'

/** The steps that write a bundle. The first gives no row when the run is there, or an id of the bundle is another's. */
export const recordingSteps = (bundle: EncodedBundle): readonly [Bound, ...Bound[]] => [
  bind(claimRun, claimArguments(bundle)),
  ...rowsOf(bundle),
]

/** Reads one id of the bundle that another run owns, if there is one. */
export const ownerOf = (bundle: EncodedBundle) => bind(ownedElsewhere, claimArguments(bundle))

const claimArguments = ({ run, executions, artifacts, syntheses }: EncodedBundle): Claim => ({
  ...run,
  agentIds: executions.map(({ row }) => row.agentId),
  artifactIds: artifacts.map(({ row }) => row.id),
  synthesisIds: syntheses.map(({ row }) => row.id),
})

/** Everything but the run's own row. Bodies are named by the position of the event that brought them. */
function rowsOf({ run, executions, artifacts, syntheses, events }: EncodedBundle): Bound[] {
  const runId = run.id
  const brought = sequencesOf(events)
  const body = (sequence: number, text: string) => bind(insertBodyOf, { runId, sequence, text })
  return [
    ...events.map((entry) => bind(insertEntry, { runId, ...entry })),
    ...executions.flatMap(({ row, response }) => {
      const sequence = brought.get(`response ${row.agentId}`) ?? 0
      return [
        bind(insertExecution, { ...row, sequence }),
        ...(response ? [body(sequence, response.text)] : []),
      ]
    }),
    ...artifacts.flatMap(({ row, content, metadata }) => {
      const sequence = brought.get(`artifact ${row.id}`)!
      return [
        bind(insertArtifact, { ...row, metadata: metadata.text, sequence }),
        body(sequence, content.text),
      ]
    }),
    ...syntheses.flatMap(({ row, markdown, metadata }) => {
      const sequence = brought.get(`synthesis ${row.id}`)!
      return [
        bind(insertSynthesis, { ...row, metadata: metadata.text, sequence }),
        body(sequence, markdown.text),
      ]
    }),
  ]
}

/** Which event brought which body. */
function sequencesOf(events: readonly LogEntry[]): ReadonlyMap<string, number> {
  const brought = new Map<string, number>()
  for (const { type, data, sequence } of events) {
    if (type === 'artifact.added') brought.set(`artifact ${data.artifactId}`, sequence)
    else if (type === 'synthesis.added') brought.set(`synthesis ${data.synthesisId}`, sequence)
    else if ((type === 'execution.completed' || type === 'execution.failed') && data.response) {
      brought.set(`response ${data.agentId}`, sequence)
    }
  }
  return brought
}

interface Claim extends Run {
  agentIds: readonly string[]
  artifactIds: readonly string[]
  synthesisIds: readonly string[]
}

/** Gives no row when the run is there already, or another one owns an id of the bundle. */
const claimRun = statement<Claim>()(({ db, dialect, arg }) =>
  db
    .insertInto('run')
    .columns([
      'id',
      'spec_id',
      'stage',
      'branch',
      'status',
      'verdict',
      'expected_agents',
      'missing_agents',
      'agreements',
      'conflicts',
      'labels',
      'pinned',
      'started_at',
      'concluded_at',
      'last_sequence',
    ])
    .expression(
      db
        .selectNoFrom([
          arg.text('id').as('id'),
          arg.text('specId').as('spec_id'),
          arg.text('stage').as('stage'),
          arg.text('branch').as('branch'),
          arg.text('status').as('status'),
          arg.text('verdict').as('verdict'),
          arg.json('expectedAgents').as('expected_agents'),
          arg.json('missingAgents').as('missing_agents'),
          arg.json('agreements').as('agreements'),
          arg.json('conflicts').as('conflicts'),
          arg.json('labels').as('labels'),
          arg.flag('pinned').as('pinned'),
          arg.instant('startedAt').as('started_at'),
          arg.instant('concludedAt').as('concluded_at'),
          arg.number('lastSequence').as('last_sequence'),
        ])
        .where(({ not, exists }) =>
          not(
            exists(
              db
                .selectFrom('execution')
                .select('agent_id')
                .where((eb) => dialect.anyOf(eb.ref('agent_id'), arg.list('agentIds'))),
            ),
          ),
        )
        .where(({ not, exists }) =>
          not(
            exists(
              db
                .selectFrom('artifact')
                .select('id')
                .where((eb) => dialect.anyOf(eb.ref('id'), arg.list('artifactIds'))),
            ),
          ),
        )
        .where(({ not, exists }) =>
          not(
            exists(
              db
                .selectFrom('synthesis')
                .select('id')
                .where((eb) => dialect.anyOf(eb.ref('id'), arg.list('synthesisIds'))),
            ),
          ),
        ),
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id'),
)

const ownedElsewhere = statement<Claim>()(({ db, dialect, arg }) =>
  db
    .selectFrom('execution')
    .select(['agent_id as id', 'run_id as runId'])
    .where((eb) => dialect.anyOf(eb.ref('agent_id'), arg.list('agentIds')))
    .unionAll(
      db
        .selectFrom('artifact')
        .select(['id', 'run_id as runId'])
        .where((eb) => dialect.anyOf(eb.ref('id'), arg.list('artifactIds'))),
    )
    .unionAll(
      db
        .selectFrom('synthesis')
        .select(['id', 'run_id as runId'])
        .where((eb) => dialect.anyOf(eb.ref('id'), arg.list('synthesisIds'))),
    )
    .limit(1),
)

const insertEntry = statement<{
  runId: string
  sequence: number
  type: string
  at: Date
  data: object
}>()(({ db, dialect, arg }) =>
  db.insertInto('event').values({
    run_id: arg.text('runId'),
    sequence: arg.number('sequence'),
    position: dialect.position.next,
    type: arg.text('type'),
    at: arg.instant('at'),
    data: arg.json('data'),
  }),
)

interface OfEntry {
  runId: string
  sequence: number
}

/** The position of the event a row or body came with. */
const positionOf = (db: Kysely<Schema>, runId: RawBuilder<string>, sequence: RawBuilder<number>) =>
  db
    .selectFrom('event')
    .select('event.position')
    .where('event.run_id', '=', runId)
    .where('event.sequence', '=', sequence)

const insertBodyOf = statement<OfEntry & { text: string }>()(({ db, arg }) =>
  db
    .insertInto('body')
    .values({ position: positionOf(db, arg.text('runId'), arg.number('sequence')), text: arg.body('text') }),
)

const insertExecution = statement<Execution & OfEntry>()(({ db, arg }) =>
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

const insertArtifact = statement<
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

const insertSynthesis = statement<
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
