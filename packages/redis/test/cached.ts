import type { ConsensusStore } from '@consensus-store/core'
import { type RoutingCacheOptions, withRoutingCache } from '../src/index.ts'
import { warm } from './warm.ts'

/** Milliseconds within which other processes hear of a deletion, in tests whose machine may be slow. */
export const STALE_ROUTES_MS = 2_000

/** A store with a cache at work, and nothing that the contract does not have. Patient, so that the cache answers on a slow machine. */
export async function cached(store: ConsensusStore, options: RoutingCacheOptions): Promise<ConsensusStore> {
  const patient = { timeoutMs: 10_000, ...options }
  const near = options.near !== false
  const { cacheStats, explain, ...plain } = await warm(withRoutingCache(store, patient), near)
  return plain
}
