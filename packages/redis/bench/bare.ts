import type { ConsensusStore, Route } from '@consensus-store/core'
import type { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'

/** What a good engineer would write for one lookup: a value is what was put there, and nobody else writes. */
export const bareRedis = (redis: Redis) => ({
  async find(agentId: string): Promise<Route | undefined> {
    const text = await redis.get(agentId)
    return text === null ? undefined : JSON.parse(text)
  },

  async findMany(agentIds: readonly string[]): Promise<(Route | undefined)[]> {
    const texts = await redis.mget([...agentIds])
    return texts.map((text) => (text === null ? undefined : JSON.parse(text)))
  },

  async put(route: Route): Promise<void> {
    await redis.set(route.agentId, JSON.stringify(route), 'PX', 3_600_000)
  },
})

/** In front of a store: asked first, and told what was missing. */
export function bareAside(redis: Redis, { routes }: ConsensusStore) {
  const { find, put } = bareRedis(redis)
  return {
    async find(agentId: string): Promise<Route | undefined> {
      const kept = await find(agentId)
      if (kept) return kept
      const route = await routes.find(agentId)
      if (route) await put(route)
      return route
    },
  }
}

export function bareMemory(routes: readonly Route[]) {
  const kept = new LRUCache<string, Route>({ max: 10_000 })
  for (const route of routes) kept.set(route.agentId, route)
  return { find: async (agentId: string): Promise<Route | undefined> => kept.get(agentId) }
}
