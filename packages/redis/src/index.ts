export type { Explanation, ExplanationStep } from './explain.ts'
export type { NearOptions, RoutingCacheOptions } from './options.ts'
export { type RoutingCachedStore, withRoutingCache } from './routing-cache.ts'
export type { CacheStats } from './stats.ts'
