import { setTimeout as sleep } from 'node:timers/promises'
import { exactRoutes } from '@consensus-store/conformance'
import { redisService, type Service, type TcpProxy, tcpProxy } from '@consensus-store/conformance/services'
import { memoryStore } from '@consensus-store/memory'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type RoutingCachedStore, withRoutingCache } from '../src/index.ts'
import { atWork } from './at-work.ts'

const timeout = 120_000

let service: Service
let proxy: TcpProxy
let store: RoutingCachedStore
/** A way to Redis that no fault is in. */
let redis: Redis

beforeAll(async () => {
  service = await redisService({ own: true })
  redis = new Redis(service.url)
  redis.on('error', () => {})
})
afterAll(async () => {
  redis.disconnect()
  await service.stop()
})
beforeEach(async () => {
  proxy = await tcpProxy(service.url)
  store = withRoutingCache(memoryStore(), { redis: proxy.url })
  await atWork(store)
})
afterEach(async () => {
  await proxy.restore()
  await store.close()
  await proxy.close()
})

describe('routes are exact, and the cache comes back, while Redis', () => {
  const faults: Record<string, () => Promise<unknown>> = {
    'is cut off': async () => {
      await proxy.cut()
      await sleep(300)
      await proxy.restore()
    },
    'answers late, but in time': async () => {
      proxy.delay(20)
      await sleep(300)
      await proxy.restore()
    },
    'answers too late': async () => {
      proxy.delay(250)
      await sleep(800)
      await proxy.restore()
    },
    'does not answer': async () => {
      proxy.stall()
      await sleep(500)
      await proxy.restore()
    },
    'is cut off while it does not answer': async () => {
      proxy.stall()
      await sleep(50)
      await proxy.cut()
      await sleep(200)
      await proxy.restore()
    },
    'answers garbage': async () => {
      proxy.corrupt()
      await sleep(300)
      await proxy.restore()
    },
    'is killed and started again': async () => {
      await service.power!.crash()
      await sleep(100)
      await service.power!.restart()
    },
    'is flushed': async () => {
      for (let time = 0; time < 20; time++) {
        await redis.flushall()
        await sleep(10)
      }
    },
    'is flushed and its clients are thrown out': async () => {
      await redis.flushall()
      await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      await sleep(100)
    },
    'is paused': async () => {
      await redis.call('CLIENT', 'PAUSE', 400, 'ALL')
      await sleep(500)
    },
    'is out of memory': async () => {
      await redis.config('SET', 'maxmemory', '1')
      await sleep(300)
      await redis.config('SET', 'maxmemory', '0')
    },
    'holds what others wrote under its keys': async () => {
      for (let time = 0; time < 40; time++) {
        await scribble(time)
        await sleep(5)
      }
    },
  }

  for (const [fault, happen] of Object.entries(faults)) {
    test(fault, { timeout }, async () => {
      await exactRoutes([store], {
        async meanwhile() {
          for (let time = 0; time < 3; time++) {
            await sleep(100)
            await happen()
            await atWork(store)
          }
        },
      })

      const { redisHits, fills } = store.cacheStats()
      await exactRoutes([store])
      expect(store.cacheStats().redisHits).toBeGreaterThan(redisHits)
      expect(store.cacheStats().fills).toBeGreaterThan(fills)
      expect((await store.health()).ok).toBe(true)
    })
  }
})

/** Puts values of every wrong kind where entries are, other agents' entries among them. */
async function scribble(time: number): Promise<void> {
  const keys = await redis.keys('consensus:route:*')
  const values = await Promise.all(keys.map((key) => redis.get(key).catch(() => '')))
  const wrong = [
    (key: string) => redis.set(key, 'garbage'),
    (key: string) => redis.set(key, ''),
    (key: string) => redis.set(key, 'lease:of-somebody', 'PX', 20),
    (key: string, i: number) => redis.set(key, `${values[i]}`.slice(0, -1)),
    (key: string, i: number) => redis.set(key, `${values[i]}`.replace('SPEC', 'spec')),
    (key: string, i: number) => redis.set(key, `${values[(i + 1) % values.length]}`.replace(/^lease.*/, '')),
    async (key: string) => {
      await redis.del(key)
      await redis.lpush(key, 'a', 'list')
    },
  ]
  await Promise.all(keys.map((key, i) => wrong[(time + i) % wrong.length]!(key, i).catch(() => {})))
}
