import { bodyOf, refOf } from '@consensus-store/conformance/bench'
import { type NewExecution, systemEnv } from '@consensus-store/core'
import type { Kysely } from 'kysely'
import { appendEvent } from './events.ts'
import type { Tables } from './tables.ts'

export const naiveExecutions = (db: Kysely<Tables>) => ({
  spawn: ({ runId, agentName, phaseType, modelVersion }: NewExecution) =>
    db.transaction().execute(async (tx) => {
      const agentId = systemEnv.newId()
      const at = Date.now()
      const run = await tx
        .updateTable('run')
        .set((eb) => ({ last_sequence: eb('last_sequence', '+', 1) }))
        .where('id', '=', runId)
        .where('status', '=', 'running')
        .returning(['spec_id', 'stage', 'branch', 'last_sequence'])
        .executeTakeFirstOrThrow()
      await tx
        .insertInto('execution')
        .values({
          agent_id: agentId,
          run_id: runId,
          spec_id: run.spec_id,
          stage: run.stage,
          branch: run.branch,
          agent_name: agentName,
          phase_type: phaseType,
          model_version: modelVersion ?? null,
          status: 'spawned',
          spawned_at: at,
        })
        .execute()
      const data = { agentId, agentName, phaseType, ...(modelVersion !== undefined && { modelVersion }) }
      await appendEvent(tx, runId, run.last_sequence, 'execution.spawned', at, data)
    }),

  complete: (agentId: string, response: string) =>
    db.transaction().execute(async (tx) => {
      const body = bodyOf(response)
      const at = Date.now()
      const run = await tx
        .updateTable('run')
        .set((eb) => ({ last_sequence: eb('last_sequence', '+', 1) }))
        .where('id', '=', (eb) =>
          eb
            .selectFrom('execution')
            .select('run_id')
            .where('agent_id', '=', agentId)
            .where('status', 'in', ['spawned', 'running']),
        )
        .returning(['id', 'last_sequence'])
        .executeTakeFirstOrThrow()
      const data = { agentId, response: refOf(body) }
      const position = await appendEvent(tx, run.id, run.last_sequence, 'execution.completed', at, data)
      await tx.insertInto('body').values({ position, text: response }).execute()
      return tx
        .updateTable('execution')
        .set({
          status: 'completed',
          ended_at: at,
          response_bytes: body.bytes,
          response_digest: body.digest,
          response_position: position,
        })
        .where('agent_id', '=', agentId)
        .returningAll()
        .executeTakeFirstOrThrow()
    }),
})
