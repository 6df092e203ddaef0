import type { Routes } from '@consensus-store/core'
import { copyRoute } from './entry.ts'
import type { Tier } from './explain.ts'
import type { NearTier } from './near-tier.ts'
import type { SharedTier } from './shared-tier.ts'

/** The process's own memory, as a tier that can be explained. */
export const nearStep = (near: NearTier, refusal: () => string | undefined): Tier => ({
  tier: 'near',
  async ask(agentId) {
    const route = near.get(agentId)
    if (route) return { route: copyRoute(route) }
    if (near.trusted) return { why: 'it is not kept here' }
    return { why: refusal() ?? 'Redis has yet to prove that it tells of changes' }
  },
})

export interface RedisStepOptions {
  readonly shared: () => SharedTier | undefined | Promise<SharedTier | undefined>
  /** Why Redis is not asked. */
  readonly trouble: () => string | undefined
  readonly readable: () => boolean
  readonly isDeleted: (agentId: string) => boolean
}

export const redisStep = ({ shared, trouble, readable, isDeleted }: RedisStepOptions): Tier => ({
  tier: 'redis',
  async ask(agentId) {
    if (!readable()) return { why: trouble() ?? 'it is not connected' }
    if (isDeleted(agentId)) return { why: 'Redis has not acknowledged that it was deleted' }
    const found = await (await shared())?.peek(agentId)
    if (typeof found === 'object') return { route: found }
    return { why: found === undefined ? (trouble() ?? 'it did not answer in time') : absences[found] }
  },
})

const absences = {
  nothing: 'it is not kept there',
  foreign: 'what is there is no route of this store',
  leased: 'somebody is about to put it there',
} as const

export const storeStep = (routes: Routes): Tier => ({
  tier: 'store',
  ask: async (agentId) => ({ route: await routes.find(agentId) }),
})
