import { bodyOf } from '@consensus-store/conformance/bench'
import type { Bundle } from '@consensus-store/core'
import type { Kysely } from 'kysely'
import { appendEvent } from './events.ts'
import type { Tables } from './tables.ts'

export const naiveBundles = (db: Kysely<Tables>) => ({
  record: ({ run, artifacts, syntheses, events }: Bundle) =>
    db.transaction().execute(async (tx) => {
      await tx
        .insertInto('run')
        .values({
          id: run.id,
          spec_id: run.specId,
          stage: run.stage,
          branch: run.branch ?? null,
          status: run.status,
          verdict: run.verdict ?? null,
          last_sequence: run.lastSequence,
          pinned: Number(run.pinned),
          started_at: run.startedAt.getTime(),
          concluded_at: run.concludedAt?.getTime() ?? null,
          seal: run.seal ?? null,
          expected_agents: JSON.stringify(run.expectedAgents),
          missing_agents: JSON.stringify(run.missingAgents),
          labels: JSON.stringify(run.labels),
          agreements: JSON.stringify(run.agreements),
          conflicts: JSON.stringify(run.conflicts),
        })
        .execute()
      const positions = new Map<string, number>()
      for (const { sequence, type, at, data } of events) {
        const position = await appendEvent(tx, run.id, sequence, type, at.getTime(), data)
        if (type === 'artifact.added') positions.set(data.artifactId, position)
        if (type === 'synthesis.added') positions.set(data.synthesisId, position)
      }
      for (const { content, metadata, ...row } of artifacts) {
        const body = bodyOf(JSON.stringify(content))
        const extra = bodyOf(JSON.stringify(metadata))
        const position = positions.get(row.id)!
        await tx.insertInto('body').values({ position, text: body.text }).execute()
        await tx
          .insertInto('artifact')
          .values({
            id: row.id,
            run_id: run.id,
            spec_id: run.specId,
            stage: run.stage,
            branch: run.branch ?? null,
            agent_name: row.agentName,
            model_version: row.modelVersion ?? null,
            created_at: row.createdAt.getTime(),
            content_bytes: body.bytes,
            content_digest: body.digest,
            content_position: position,
            metadata_digest: extra.digest,
            metadata: extra.text,
          })
          .execute()
      }
      for (const { markdown, metadata, ...row } of syntheses) {
        const body = bodyOf(markdown)
        const extra = bodyOf(JSON.stringify(metadata))
        const position = positions.get(row.id)!
        await tx.insertInto('body').values({ position, text: markdown }).execute()
        await tx
          .insertInto('synthesis')
          .values({
            id: row.id,
            run_id: run.id,
            spec_id: run.specId,
            stage: run.stage,
            branch: run.branch ?? null,
            verdict: row.verdict,
            agreements: JSON.stringify(row.agreements),
            conflicts: JSON.stringify(row.conflicts),
            output_path: row.outputPath ?? null,
            created_at: row.createdAt.getTime(),
            markdown_bytes: body.bytes,
            markdown_digest: body.digest,
            markdown_position: position,
            metadata_digest: extra.digest,
            metadata: extra.text,
          })
          .execute()
      }
    }),
})
