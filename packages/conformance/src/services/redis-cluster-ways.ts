import { localRedisCluster } from './local-redis-cluster.ts'
import { localRedisSentinel } from './local-redis-sentinel.ts'
import type { WayToStart } from './ways.ts'

/** Several servers that must reach each other, and be reached, at the same addresses: in containers they cannot be everywhere. */
export const redisClusterWays: readonly WayToStart[] = [{ way: 'local', start: localRedisCluster }]
export const redisSentinelWays: readonly WayToStart[] = [{ way: 'local', start: localRedisSentinel }]
