import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsensusStore } from '@consensus-store/core'

/** How long a command waits for Redis before it goes on without: most are over before a connection is made by itself. */
const PATIENCE_MS = 500
const LOOK_EVERY_MS = 5

/**
 * The store with the routes that are kept in the Redis at a URL. In this process nothing is kept: it ends too soon to find
 * anything again.
 */
export async function withCacheAt(url: string, store: ConsensusStore): Promise<ConsensusStore> {
  const { withRoutingCache } = await import('@consensus-store/redis')
  try {
    const cached = withRoutingCache(store, { redis: url, near: false })
    const patience = performance.now() + PATIENCE_MS
    while (!cached.cacheStats().redisAsked && performance.now() < patience) await sleep(LOOK_EVERY_MS)
    return cached
  } catch (error) {
    await store.close()
    throw error
  }
}
