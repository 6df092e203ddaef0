import type { RoutingCachedStore } from '../src/index.ts'
import { until } from './until.ts'

/** The same store, when its cache is at work: what is asked before, the store answers. */
export async function warm(store: RoutingCachedStore, near = true): Promise<RoutingCachedStore> {
  await until(() => {
    const { redisAsked, nearTrusted } = store.cacheStats()
    return redisAsked && (nearTrusted || !near)
  }, 'a cache that is at work')
  return store
}
