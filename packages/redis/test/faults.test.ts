import { setTimeout as sleep } from 'node:timers/promises'
import { exactRoutes } from '@consensus-store/conformance'
import { redisService, type Service, type TcpProxy, tcpProxy } from '@consensus-store/conformance/services'
import { memoryStore } from '@consensus-store/memory'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type RoutingCachedStore, withRoutingCache } from '../src/index.ts'
import { atWork } from './at-work.ts'
import { aClientOfTwo } from './scene.ts'
import { until } from './until.ts'

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

      const before = store.cacheStats()
      await until(async () => {
        await exactRoutes([store], { lives: 10 })
        const { redisHits, nearHits, fills } = store.cacheStats()
        return redisHits > before.redisHits && nearHits > before.nearHits && fills > before.fills
      }, 'a cache that helps again')
      expect((await store.health()).ok).toBe(true)
    })
  }
})

describe('routes deleted by another process are found no longer than is stated while this one', () => {
  const staleMs = 400
  const deafness: Record<string, (tracker: TcpProxy) => Promise<unknown>> = {
    'hears of nothing': async (tracker) => {
      tracker.stall()
      await sleep(1_000)
      await tracker.restore()
    },
    'hears of everything late': async (tracker) => {
      tracker.delay(150)
      await sleep(1_000)
      await tracker.restore()
    },
    'loses the connection it hears by': async (tracker) => {
      await tracker.cut()
      await sleep(200)
      await tracker.restore()
    },
    'hears garbage': async (tracker) => {
      tracker.corrupt()
      await sleep(300)
      await tracker.restore()
    },
  }

  for (const [fault, happen] of Object.entries(deafness)) {
    test(fault, { timeout }, async () => {
      await using tracker = await tcpProxy(service.url)
      const memory = memoryStore()
      const near = { staleMs }
      await using other = withRoutingCache({ ...memory, close: async () => {} }, { redis: service.url, near })
      const client = await aClientOfTwo(service.url, tracker.url)
      await using deaf = withRoutingCache(memory, { redis: client, near })
      await Promise.all([atWork(other), atWork(deaf)])

      await exactRoutes([deaf, other], {
        staleMs,
        async meanwhile() {
          for (let time = 0; time < 3; time++) {
            await sleep(100)
            await happen(tracker)
            await atWork(deaf)
          }
        },
      })
      expect(deaf.cacheStats().nearHits).toBeGreaterThan(0)
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
