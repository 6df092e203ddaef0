import { type Finding, type Health, summedUp } from '@consensus-store/core'

export interface Condition {
  /** Where Redis is, without a password. */
  readonly where: string
  /** Why Redis is not asked, or not written to. */
  readonly trouble: string | undefined
  /** Why nothing is kept in this process. */
  readonly nearRefusal: string | undefined
  /** Deletions that Redis has yet to acknowledge. */
  readonly condemned: number
  readonly details: Health['details']
}

/** The store's own health with the cache's added. A cache that is not well is a warning: every answer is still right. */
export function withCache(health: Health, condition: Condition): Health {
  return summedUp({ ...health, details: { ...health.details, ...condition.details } }, [
    ...health.findings,
    ...findings(condition),
  ])
}

function* findings({ where, trouble, nearRefusal, condemned }: Condition): Iterable<Finding> {
  if (trouble !== undefined) {
    yield {
      severity: 'warning',
      subject: 'routing_cache',
      message: `Redis at ${where} is no help to routes.find: ${trouble}`,
      remedy:
        'Routes come from the store meanwhile, as right and less fast. Look after Redis; the cache comes back by itself.',
    }
  }
  if (nearRefusal !== undefined) {
    yield {
      severity: 'warning',
      subject: 'near_cache',
      message: `Nothing is kept in this process, because Redis at ${where} does not tell of changes: ${nearRefusal}`,
      remedy:
        'Permit CLIENT ID, CLIENT TRACKING and SUBSCRIBE to __redis__:invalidate, or turn it off with near: false.',
    }
  }
  if (condemned > 0) {
    yield {
      severity: 'warning',
      subject: 'routing_cache_deletions',
      message: `${condemned} deleted routes may still be in Redis, where other processes can find them`,
      remedy: 'They are removed when Redis acknowledges it, and expire by themselves after ttlMs.',
    }
  }
}
