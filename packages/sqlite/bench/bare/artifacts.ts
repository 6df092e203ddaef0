import { bodyOf, refOf } from '@consensus-store/conformance/bench'
import { type Artifact, type NewArtifact, systemEnv } from '@consensus-store/core'
import type { Database } from 'better-sqlite3'

interface ClaimedRun {
  readonly specId: string
  readonly stage: string
  readonly branch: string | null
  readonly sequence: number
}

export function bareArtifacts(database: Database) {
  const claim = database.prepare<[string, string], ClaimedRun>(`
    update run set last_sequence = last_sequence + 1
    where id = ? and status = 'running' and not exists (select 1 from artifact where id = ?)
    returning spec_id as specId, stage, branch, last_sequence as sequence`)
  const insertEvent = database
    .prepare<[string, number, number, string], number>(`
      insert into event (run_id, sequence, position, type, at, data)
      values (?, ?, (select coalesce(max(position), 0) + 1 from event), 'artifact.added', ?, ?)
      returning position`)
    .pluck()
  const insertBody = database.prepare('insert into body (position, text) values (?, ?)')
  const insertArtifact = database.prepare(`
    insert into artifact (id, run_id, spec_id, stage, branch, agent_name, model_version, created_at, content_bytes,
      content_digest, content_position, metadata_digest, metadata)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)

  const add = database.transaction(
    ({ runId, agentName, modelVersion, content, metadata = {} }: NewArtifact): Artifact => {
      const id = systemEnv.newId()
      const at = Date.now()
      const body = bodyOf(JSON.stringify(content))
      const extra = bodyOf(JSON.stringify(metadata))
      const run = claim.get(runId, id)
      if (!run) throw new Error(`${id} cannot be added`)
      const data = JSON.stringify({
        artifactId: id,
        agentName,
        ...(modelVersion !== undefined && { modelVersion }),
        content: refOf(body),
        metadata: refOf(extra),
      })
      const position = insertEvent.get(runId, run.sequence, at, data)!
      insertBody.run(position, body.text)
      insertArtifact.run(
        id,
        runId,
        run.specId,
        run.stage,
        run.branch,
        agentName,
        modelVersion ?? null,
        at,
        body.bytes,
        body.digest,
        position,
        extra.digest,
        extra.text,
      )
      return {
        id,
        runId,
        specId: run.specId,
        stage: run.stage,
        branch: run.branch ?? undefined,
        agentName,
        modelVersion,
        createdAt: new Date(at),
        contentBytes: body.bytes,
        contentDigest: body.digest,
        metadataDigest: extra.digest,
        metadata: JSON.parse(extra.text),
      }
    },
  ).immediate

  return { add }
}
