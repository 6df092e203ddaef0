import { bodyOf, refOf } from '@consensus-store/conformance/bench'
import { type NewArtifact, systemEnv } from '@consensus-store/core'
import type { Kysely } from 'kysely'
import { appendEvent } from './events.ts'
import type { Tables } from './tables.ts'

export const naiveArtifacts = (db: Kysely<Tables>) => ({
  add: ({ runId, agentName, content, metadata = {} }: NewArtifact) =>
    db.transaction().execute(async (tx) => {
      const id = systemEnv.newId()
      const at = Date.now()
      const body = bodyOf(JSON.stringify(content))
      const extra = bodyOf(JSON.stringify(metadata))
      const run = await tx
        .updateTable('run')
        .set((eb) => ({ last_sequence: eb('last_sequence', '+', 1) }))
        .where('id', '=', runId)
        .where('status', '=', 'running')
        .returning(['spec_id', 'stage', 'branch', 'last_sequence'])
        .executeTakeFirstOrThrow()
      const data = { artifactId: id, agentName, content: refOf(body), metadata: refOf(extra) }
      const position = await appendEvent(tx, runId, run.last_sequence, 'artifact.added', at, data)
      await tx.insertInto('body').values({ position, text: body.text }).execute()
      await tx
        .insertInto('artifact')
        .values({
          id,
          run_id: runId,
          spec_id: run.spec_id,
          stage: run.stage,
          branch: run.branch,
          agent_name: agentName,
          created_at: at,
          content_bytes: body.bytes,
          content_digest: body.digest,
          content_position: position,
          metadata_digest: extra.digest,
          metadata: extra.text,
        })
        .execute()
    }),
})
