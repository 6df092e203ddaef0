import type { Route } from '@consensus-store/core'
import type { Database } from 'better-sqlite3'

/** The fields `routes.find` gives, named as there, so that a row is the answer. */
type RouteRow = Omit<Route, 'branch'> & { readonly branch: string | null }

const SELECT = `
  select agent_id as agentId, agent_name as agentName, phase_type as phaseType, stage, spec_id as specId,
    run_id as runId, branch
  from execution
  where agent_id = ?`

export function bareRoutes(database: Database) {
  const select = database.prepare<[string], RouteRow>(SELECT)
  return { find: (agentId: string) => select.get(agentId) }
}
