import { bodyOf, refOf } from '@consensus-store/conformance/bench'
import { type Artifact, addedArtifact, type NewArtifact, systemEnv } from '@consensus-store/core'
import type pg from 'pg'
import { append } from './events.ts'
import { statement } from './statement.ts'
import { transact } from './transaction.ts'

interface ClaimedRun {
  readonly specId: string
  readonly stage: string
  readonly branch: string | null
  readonly sequence: number
}

const claim = statement(
  'claim_for_artifact',
  `update run set last_sequence = last_sequence + 1
  where id = $1 and status = 'running' and not exists (select from artifact where id = $2)
  returning spec_id as "specId", stage, branch, last_sequence as sequence`,
)

const insertBody = statement('insert_body', 'insert into body (position, text) values ($1, $2)')

const insert = statement(
  'insert_artifact',
  `insert into artifact (id, run_id, spec_id, stage, branch, agent_name, model_version, created_at, content_bytes,
    content_digest, content_position, metadata_digest, metadata)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
)

export const bareArtifacts = (pool: pg.Pool) => ({
  add: ({ runId, agentName, modelVersion, content, metadata = {} }: NewArtifact): Promise<Artifact> =>
    transact(pool, async (client) => {
      const id = systemEnv.newId()
      const at = systemEnv.now()
      const body = bodyOf(JSON.stringify(content))
      const extra = bodyOf(JSON.stringify(metadata))
      const { rows } = await client.query<ClaimedRun>(claim(runId, id))
      const [run] = rows
      if (!run) throw new Error(`${id} cannot be added`)
      const { specId, stage, branch, sequence } = run
      const added = {
        artifactId: id,
        agentName,
        ...(modelVersion !== undefined && { modelVersion }),
        content: refOf(body),
        metadata: refOf(extra),
      }
      const position = await append(client, runId, sequence, { type: 'artifact.added', at, data: added })
      await client.query(insertBody(position, body.text))
      await client.query(
        insert(
          id,
          runId,
          specId,
          stage,
          branch,
          agentName,
          modelVersion ?? null,
          at,
          body.bytes,
          body.digest,
          position,
          extra.digest,
          extra.text,
        ),
      )
      const owner = { id: runId, specId, stage, branch: branch ?? undefined }
      return { ...addedArtifact(owner, at, added), metadata: JSON.parse(extra.text) }
    }),
})
