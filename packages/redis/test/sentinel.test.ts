import { setTimeout as sleep } from 'node:timers/promises'
import { exactRoutes } from '@consensus-store/conformance'
import { type RedisSentinel, redisSentinel } from '@consensus-store/conformance/services'
import { memoryStore } from '@consensus-store/memory'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RoutingCachedStore, withRoutingCache } from '../src/index.ts'
import { atWork } from './at-work.ts'
import { until } from './until.ts'

const timeout = 180_000

describe('a routing cache on a Redis with a sentinel', () => {
  let service: RedisSentinel
  let client: Redis
  let store: RoutingCachedStore

  beforeAll(async () => {
    service = await redisSentinel()
    const { sentinel, name, password } = service
    client = new Redis({
      sentinels: [{ host: sentinel.host, port: sentinel.port }],
      name,
      password,
      sentinelPassword: password,
      sentinelRetryStrategy: () => 100,
    })
    client.on('error', () => {})
    store = withRoutingCache(memoryStore(), { redis: client })
    await atWork(store)
  })
  afterAll(async () => {
    await store.close()
    client.disconnect()
    await service.stop()
  })

  test('gives exact routes while the sentinel fails over in the midst of traffic, and back', {
    timeout,
  }, async () => {
    await exactRoutes([store], {
      async meanwhile() {
        for (let time = 0; time < 2; time++) {
          await sleep(200)
          const killed = await service.failOver()
          await atWork(store)
          await sleep(200)
          await killed.restart()
          await until(
            async () => (await roleOf(killed.url)) === 'slave',
            'a replica in the place of the old master',
          )
        }
      },
    })

    const { redisHits } = store.cacheStats()
    await exactRoutes([store])
    expect(store.cacheStats().redisHits).toBeGreaterThan(redisHits)
  })
})

/** `undefined` while the server does not answer. */
async function roleOf(url: string): Promise<unknown> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return ((await redis.call('ROLE')) as unknown[])[0]
  } catch {
    return undefined
  } finally {
    redis.disconnect()
  }
}
