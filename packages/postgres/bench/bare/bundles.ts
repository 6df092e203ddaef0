import { bodyOf } from '@consensus-store/conformance/bench'
import { type Bundle, sealOf } from '@consensus-store/core'
import type pg from 'pg'
import { insertInto } from './statement.ts'
import { transact } from './transaction.ts'

const insertRun = insertInto('run', {}, 'on conflict (id) do nothing')
const insertEvents = insertInto('event', { position: "nextval('event_position')" }, 'returning position')
const insertBodies = insertInto('body')
const insertArtifacts = insertInto('artifact')
const insertSyntheses = insertInto('synthesis')

/**
 * `record` for bundles of a run, its artifacts and syntheses, with one statement for each table: eight round trips with
 * those of the transaction. The digests and the seal are computed and held against the log.
 */
export const bareBundles = (pool: pg.Pool) => ({
  record: (bundle: Bundle): Promise<void> => transact(pool, (client) => record(client, bundle)),
})

async function record(client: pg.PoolClient, bundle: Bundle): Promise<void> {
  const { run, events } = bundle
  if (sealOf(events) !== run.seal) throw new Error(`Run ${run.id} is not what was sealed`)
  const { rowCount } = await client.query(insertRun([runRow(bundle)]))
  if (rowCount === 0) throw new Error(`Run ${run.id} is there already`)
  const entries = events.map(({ sequence, type, at, data }) => ({
    run_id: run.id,
    sequence,
    type,
    at,
    data: JSON.stringify(data),
  }))
  const { rows } = await client.query<{ position: string }>(insertEvents(atLeastOne(entries)))
  const { bodies, artifacts, syntheses } = ownedRows(bundle, rows)
  await client.query(insertBodies(atLeastOne(bodies)))
  await client.query(insertArtifacts(atLeastOne(artifacts)))
  await client.query(insertSyntheses(atLeastOne(syntheses)))
}

const runRow = ({ run }: Bundle) => ({
  id: run.id,
  spec_id: run.specId,
  stage: run.stage,
  branch: run.branch ?? null,
  status: run.status,
  verdict: run.verdict ?? null,
  expected_agents: JSON.stringify(run.expectedAgents),
  missing_agents: JSON.stringify(run.missingAgents),
  agreements: JSON.stringify(run.agreements),
  conflicts: JSON.stringify(run.conflicts),
  labels: JSON.stringify(run.labels),
  pinned: run.pinned,
  started_at: run.startedAt,
  concluded_at: run.concludedAt ?? null,
  seal: run.seal ?? null,
  last_sequence: run.lastSequence,
})

/** What hangs on the events, whose positions are known by now. */
function ownedRows({ events, ...bundle }: Bundle, positions: readonly { readonly position: string }[]) {
  const bodies: object[] = []
  const artifacts: object[] = []
  const syntheses: object[] = []
  for (const [i, { type, data }] of events.entries()) {
    const { position } = positions[i]!
    if (type === 'artifact.added') {
      const row = bundle.artifacts[artifacts.length]!
      const body = checked(JSON.stringify(row.content), data.content.digest)
      bodies.push({ position, text: body.text })
      artifacts.push({
        ...sharedColumns(row),
        agent_name: row.agentName,
        model_version: row.modelVersion ?? null,
        content_bytes: body.bytes,
        content_digest: body.digest,
        content_position: position,
        ...metadataColumns(row.metadata, data.metadata.digest),
      })
    } else if (type === 'synthesis.added') {
      const row = bundle.syntheses[syntheses.length]!
      const body = checked(row.markdown, data.markdown.digest)
      bodies.push({ position, text: body.text })
      syntheses.push({
        ...sharedColumns(row),
        verdict: row.verdict,
        agreements: JSON.stringify(row.agreements),
        conflicts: JSON.stringify(row.conflicts),
        output_path: row.outputPath ?? null,
        markdown_bytes: body.bytes,
        markdown_digest: body.digest,
        markdown_position: position,
        ...metadataColumns(row.metadata, data.metadata.digest),
      })
    }
  }
  return { bodies, artifacts, syntheses }
}

const sharedColumns = (row: Bundle['artifacts'][number] | Bundle['syntheses'][number]) => ({
  id: row.id,
  run_id: row.runId,
  spec_id: row.specId,
  stage: row.stage,
  branch: row.branch ?? null,
  created_at: row.createdAt,
})

function metadataColumns(metadata: unknown, told: string) {
  const { digest, text } = checked(JSON.stringify(metadata), told)
  return { metadata_digest: digest, metadata: text }
}

function checked(text: string, told: string) {
  const body = bodyOf(text)
  if (body.digest !== told) throw new Error('A body is not what the log says')
  return body
}

/** What is recorded here has some of everything. */
const atLeastOne = (rows: readonly object[]) => rows as readonly [Record<string, unknown>]
