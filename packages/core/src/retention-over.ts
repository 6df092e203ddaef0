import { applyRetention } from './apply-retention.ts'
import type { Env } from './env.ts'
import type { Holdings } from './holdings.ts'
import { planRetention } from './plan-retention.ts'
import type { Retention } from './retention.ts'

/** Retention over what a backend brings. */
export const retentionOver = (holdings: Holdings, env: Env): Retention => ({
  plan: async (policy, options) => planRetention(holdings, env, policy, options),
  apply: async (policy, options) => applyRetention(holdings, env, policy, options),
})
