import { bodyOf } from '@consensus-store/conformance/bench'
import { type Bundle, sealOf } from '@consensus-store/core'
import type { Database } from 'better-sqlite3'

type ArtifactRow = Bundle['artifacts'][number]
type SynthesisRow = Bundle['syntheses'][number]

/** `record` for bundles of a run, its artifacts and syntheses: the digests and the seal are computed and held against the log. */
export function bareBundles(database: Database) {
  const insertRun = database.prepare(`
    insert into run (id, spec_id, stage, branch, status, verdict, expected_agents, missing_agents, agreements,
      conflicts, labels, pinned, started_at, concluded_at, seal, last_sequence)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict (id) do nothing`)
  const lastPosition = database.prepare<[], number>('select coalesce(max(position), 0) from event').pluck()
  const insertEvent = database.prepare(
    'insert into event (run_id, sequence, position, type, at, data) values (?, ?, ?, ?, ?, ?)',
  )
  const insertBody = database.prepare('insert into body (position, text) values (?, ?)')
  const insertArtifact = database.prepare(`
    insert into artifact (id, run_id, spec_id, stage, branch, agent_name, model_version, created_at, content_bytes,
      content_digest, content_position, metadata_digest, metadata)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const insertSynthesis = database.prepare(`
    insert into synthesis (id, run_id, spec_id, stage, branch, verdict, agreements, conflicts, output_path,
      created_at, markdown_bytes, markdown_digest, markdown_position, metadata_digest, metadata)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)

  function addArtifact(row: ArtifactRow, digests: Digests, position: number): void {
    const body = bodyOf(JSON.stringify(row.content))
    const metadata = bodyOf(JSON.stringify(row.metadata))
    mustBe(body.digest, digests.body)
    mustBe(metadata.digest, digests.metadata)
    insertBody.run(position, body.text)
    insertArtifact.run(
      row.id,
      row.runId,
      row.specId,
      row.stage,
      row.branch ?? null,
      row.agentName,
      row.modelVersion ?? null,
      row.createdAt.getTime(),
      body.bytes,
      body.digest,
      position,
      metadata.digest,
      metadata.text,
    )
  }

  function addSynthesis(row: SynthesisRow, digests: Digests, position: number): void {
    const body = bodyOf(row.markdown)
    const metadata = bodyOf(JSON.stringify(row.metadata))
    mustBe(body.digest, digests.body)
    mustBe(metadata.digest, digests.metadata)
    insertBody.run(position, body.text)
    insertSynthesis.run(
      row.id,
      row.runId,
      row.specId,
      row.stage,
      row.branch ?? null,
      row.verdict,
      JSON.stringify(row.agreements),
      JSON.stringify(row.conflicts),
      row.outputPath ?? null,
      row.createdAt.getTime(),
      body.bytes,
      body.digest,
      position,
      metadata.digest,
      metadata.text,
    )
  }

  const record = database.transaction(({ run, artifacts, syntheses, events }: Bundle): void => {
    if (sealOf(events) !== run.seal) throw new Error(`Run ${run.id} is not what was sealed`)
    const { changes } = insertRun.run(
      run.id,
      run.specId,
      run.stage,
      run.branch ?? null,
      run.status,
      run.verdict ?? null,
      JSON.stringify(run.expectedAgents),
      JSON.stringify(run.missingAgents),
      JSON.stringify(run.agreements),
      JSON.stringify(run.conflicts),
      JSON.stringify(run.labels),
      Number(run.pinned),
      run.startedAt.getTime(),
      run.concludedAt?.getTime() ?? null,
      run.seal ?? null,
      run.lastSequence,
    )
    if (changes === 0) throw new Error(`Run ${run.id} is there already`)

    let position = lastPosition.get()!
    let artifact = 0
    let synthesis = 0
    for (const { sequence, type, at, data } of events) {
      position += 1
      insertEvent.run(run.id, sequence, position, type, at.getTime(), JSON.stringify(data))
      if (type === 'artifact.added') {
        const digests = { body: data.content.digest, metadata: data.metadata.digest }
        addArtifact(artifacts[artifact++]!, digests, position)
      } else if (type === 'synthesis.added') {
        const digests = { body: data.markdown.digest, metadata: data.metadata.digest }
        addSynthesis(syntheses[synthesis++]!, digests, position)
      }
    }
  }).immediate

  return { record }
}

interface Digests {
  readonly body: string
  readonly metadata: string
}

function mustBe(digest: string, told: string): void {
  if (digest !== told) throw new Error('A body is not what the log says')
}
