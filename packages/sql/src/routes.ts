import { agentIds, name, type Route, type Routes } from '@consensus-store/core'
import type { SqlContext } from './context.ts'
import { type Lookup, statement } from './statement.ts'

export function routes({ session }: SqlContext): Routes {
  return {
    find: (agentId) => session.lookup(routeByAgent, name(agentId, 'agentId')),

    async findMany(ids) {
      const found = await session.all(routeByAgent.many, { keys: agentIds(ids) })
      return new Map(found.map((route) => [route.agentId, route]))
    },
  }
}

/** The columns of a route, by the names a route gives them. */
const columns = [
  'agent_id as agentId',
  'agent_name as agentName',
  'phase_type as phaseType',
  'stage',
  'spec_id as specId',
  'run_id as runId',
  'branch',
] as const

const routeFromRow = (row: Omit<Route, 'branch'> & { readonly branch: string | null }): Route => ({
  agentId: row.agentId,
  agentName: row.agentName,
  phaseType: row.phaseType,
  stage: row.stage,
  specId: row.specId,
  runId: row.runId,
  branch: row.branch ?? undefined,
})

const routeByAgent: Lookup<Route> = {
  one: statement<{ key: string }>()(
    ({ db, arg }) => db.selectFrom('execution').select(columns).where('agent_id', '=', arg.text('key')),
    routeFromRow,
  ),
  many: statement<{ keys: readonly string[] }>()(
    ({ db, dialect, arg }) =>
      db
        .selectFrom('execution')
        .select(columns)
        .where((eb) => dialect.anyOf(eb.ref('agent_id'), arg.list('keys'))),
    routeFromRow,
  ),
  keyOf: ({ agentId }) => agentId,
}
