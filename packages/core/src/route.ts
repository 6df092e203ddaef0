import { MAX_LIMIT, name } from './argument.ts'
import { invalid } from './error.ts'
import type { Execution } from './execution.ts'

/** The facts that route an agent's answer to its handler, fixed when the agent is spawned. */
export type Route = Pick<
  Execution,
  'agentId' | 'agentName' | 'phaseType' | 'stage' | 'specId' | 'runId' | 'branch'
>

/** The route to an execution's agent. */
export const routeOf = (execution: Execution): Route => ({
  agentId: execution.agentId,
  agentName: execution.agentName,
  phaseType: execution.phaseType,
  stage: execution.stage,
  specId: execution.specId,
  runId: execution.runId,
  branch: execution.branch,
})

/** Up to 1000 agent ids. */
export function agentIds(value: readonly string[]): readonly string[] {
  if (!Array.isArray(value)) throw invalid('agentIds', 'must be an array')
  if (value.length > MAX_LIMIT)
    throw invalid('agentIds', `must be at most ${MAX_LIMIT} ids, not ${value.length}`)
  return Array.from(value, (id, i) => name(id, `agentIds[${i}]`))
}
