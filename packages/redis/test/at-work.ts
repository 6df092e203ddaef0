import type { RoutingCachedStore } from '../src/index.ts'
import { until } from './until.ts'

/** Resolves when a cache serves from both its tiers again, whatever happened to it. */
export async function atWork({ cacheStats }: RoutingCachedStore): Promise<void> {
  await until(() => {
    const { redisAsked, nearTrusted, condemned } = cacheStats()
    return redisAsked && nearTrusted && condemned === 0
  }, 'a cache at work again')
}
