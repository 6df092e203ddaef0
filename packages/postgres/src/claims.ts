import type { Bound } from '@consensus-store/sql'
import type { Query } from './line.ts'

/** The arguments of what a write begins with: they name its run, or else an agent of it. */
interface Claim {
  readonly runIds?: readonly string[]
  readonly runId?: string
  readonly id?: string
  readonly agentId?: string
}

/**
 * Locks the runs that writes are about to claim, in an order that is the same for everyone: groups of two processes
 * then wait for each other, and never in a circle. And a claim that looks at an agent to find its run does so when nobody
 * else can change either any more; the statement that waits for a lock still sees what was there before it waited.
 */
export function claimLocks(schema: string, named: boolean) {
  const text = `select from "${schema}".run where id = any(array(
    select unnest($1::text[]) union select run_id from "${schema}".execution where agent_id = any($2::text[])
  )) order by id for no key update`
  const name = named ? 'cs_claim_locks' : undefined

  return (claims: readonly Bound[]): readonly Query[] => {
    const runIds: string[] = []
    const agentIds: string[] = []
    for (const { args } of claims) {
      const { id, runId = id, agentId, runIds: several = [] } = args as Claim
      if (runId !== undefined) runIds.push(runId)
      else if (several.length > 0) runIds.push(...several)
      else if (agentId !== undefined) agentIds.push(agentId)
    }
    if (claims.length === 1 && runIds.length <= 1 && agentIds.length === 0) return []
    return [{ text, name, values: [runIds, agentIds] }]
  }
}
