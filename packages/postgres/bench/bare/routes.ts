import type { Route } from '@consensus-store/core'
import type pg from 'pg'
import { statement } from './statement.ts'

/** The fields `routes.find` gives, named as there, so that a row is the answer. */
type RouteRow = Omit<Route, 'branch'> & { readonly branch: string | null }

const select = statement(
  'route',
  `select agent_id as "agentId", agent_name as "agentName", phase_type as "phaseType", stage, spec_id as "specId",
    run_id as "runId", branch
  from execution
  where agent_id = $1`,
)

export const bareRoutes = (pool: pg.Pool) => ({
  find: async (agentId: string) => (await pool.query<RouteRow>(select(agentId))).rows[0],
})
