import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

const COLUMNS = [
  'agent_id as agentId',
  'agent_name as agentName',
  'phase_type as phaseType',
  'stage',
  'spec_id as specId',
  'run_id as runId',
  'branch',
] as const

export const naiveRoutes = (db: Kysely<Tables>) => ({
  find: (agentId: string) =>
    db.selectFrom('execution').select(COLUMNS).where('agent_id', '=', agentId).executeTakeFirst(),

  findMany: (agentIds: readonly string[]) =>
    db.selectFrom('execution').select(COLUMNS).where('agent_id', 'in', agentIds).execute(),
})
