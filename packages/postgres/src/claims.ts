import type { Claim } from '@consensus-store/sql'
import type { Query } from './line.ts'

/**
 * Locks the runs that writes are about to claim, in an order that is the same for everyone: groups of two processes
 * then wait for each other, and never in a circle. And a claim that looks at other rows than its run's does so when nobody
 * else can change them any more; the statement that waits for a lock still sees what was there before it waited.
 */
export function claimLocks(schema: string, named: boolean) {
  const text = `select from "${schema}".run where id = any(array(
    select unnest($1::text[]) union select run_id from "${schema}".execution where agent_id = any($2::text[])
  )) order by id for no key update`
  const name = named ? 'cs_claim_locks' : undefined

  return (claims: readonly Claim[]): readonly Query[] => {
    const claimed = claims.map(({ claims }) => claims)
    const runIds = claimed.flatMap((of) => ('runIds' in of ? of.runIds : []))
    const agentIds = claimed.flatMap((of) => ('agentId' in of ? of.agentId : []))
    const looksBeyond = claimed.some((of) => 'agentId' in of || of.looksBeyond)
    if (runIds.length + agentIds.length <= 1 && !looksBeyond) return []
    return [{ text, name, values: [runIds, agentIds] }]
  }
}
