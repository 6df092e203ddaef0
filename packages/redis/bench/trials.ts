import { closing, cycle, type Goal, type Prepared, type Trial } from '@consensus-store/conformance/bench'
import type { Route } from '@consensus-store/core'
import { Redis, type RedisOptions } from 'ioredis'
import { type RoutingCachedStore, type RoutingCacheOptions, withRoutingCache } from '../src/index.ts'
import { bareAside, bareMemory, bareRedis } from './bare.ts'
import type { Workshop } from './workshop.ts'

/** Routes that are found over and over where the cache is to have them. */
const KNOWN = 1_000

export function trials(shop: Workshop): readonly Trial[] {
  const known = shop.agentIds.slice(0, KNOWN)
  const hundreds = Array.from({ length: KNOWN / 100 }, (_, i) => known.slice(i * 100, i * 100 + 100))

  const routes = async (): Promise<Route[]> => {
    const store = await shop.store()
    return [...(await store.routes.findMany(known)).values()]
  }

  /** A variant on a client of its own, whose database has all the known routes. */
  const bare =
    (
      make: (redis: ReturnType<typeof bareRedis>) => Prepared,
      options: Omit<RedisOptions, 'replyMapping'> = {},
    ) =>
    async () => {
      const redis = new Redis(await shop.database(), options)
      const { put, ...by } = bareRedis(redis)
      for (const route of await routes()) await put(route)
      return closing(make({ put, ...by }), () => redis.disconnect())
    }

  /** A variant through the cache, when it has all the known routes in the tier that is tried. */
  const cached =
    (make: (store: RoutingCachedStore) => Prepared, options: Partial<RoutingCacheOptions>) => async () => {
      const cache = withRoutingCache(await shop.store(), { redis: await shop.database(), ...options })
      const hits = options.near === false ? 'redisHits' : 'nearHits'
      await until(() => cache.cacheStats().redisAsked)
      await until(async () => {
        const before = cache.cacheStats()[hits]
        for (const ids of hundreds) await cache.routes.findMany(ids)
        return cache.cacheStats()[hits] - before === KNOWN
      })
      return closing(make(cache), () => cache.close())
    }

  const eachKnown = (find: (agentId: string) => unknown): Prepared => {
    const next = cycle(known)
    return { run: () => find(next()) }
  }
  const eachHundred = (find: (agentIds: readonly string[]) => unknown): Prepared => {
    const next = cycle(hundreds)
    return { run: () => find(next()) }
  }
  const atOnce = (find: (agentId: string) => Promise<unknown>) =>
    eachHundred((ids) => Promise.all(ids.map((id) => find(id))))

  /** Finds what Redis does not have: before all have been found it is emptied, which is not timed. */
  const eachUnknown = async (redis: Redis, find: (agentId: string) => unknown): Promise<Prepared> => {
    let next = 0
    return {
      async restock(runs) {
        if (next + runs <= shop.agentIds.length) return
        await redis.flushdb()
        next = 0
      },
      run: () => find(shop.agentIds[next++ % shop.agentIds.length]!),
    }
  }

  return [
    {
      title: 'routes.find, kept in the process',
      baseline: 'bare',
      goals: goals(0.3, 0.6),
      variants: {
        bare: async () => eachKnown(bareMemory(await routes()).find),
        store: cached(({ routes }) => eachKnown(routes.find), {}),
      },
    },
    {
      title: 'routes.find, kept in Redis',
      baseline: 'bare',
      goals: goals(0.9, 1),
      variants: {
        bare: bare(({ find }) => eachKnown(find)),
        store: cached(({ routes }) => eachKnown(routes.find), { near: false }),
      },
    },
    {
      title: 'routes.find, kept in Redis, 100 in one tick',
      operations: 100,
      baseline: 'bare',
      goals: goals(2.2, 3),
      variants: {
        bare: bare(({ find }) => atOnce(find)),
        pipelined: bare(({ find }) => atOnce(find), { enableAutoPipelining: true }),
        mget: bare(({ findMany }) => eachHundred(findMany)),
        store: cached(({ routes }) => atOnce(routes.find), { near: false }),
      },
    },
    {
      title: 'routes.findMany(100), kept in Redis',
      operations: 100,
      baseline: 'mget',
      variants: {
        mget: bare(({ findMany }) => eachHundred(findMany)),
        store: cached(({ routes }) => eachHundred(routes.findMany), { near: false }),
      },
    },
    {
      title: 'routes.find, kept nowhere yet',
      baseline: 'bare',
      goals: goals(0.9, 1),
      variants: {
        bare: async () => {
          const redis = new Redis(await shop.database())
          const { find } = bareAside(redis, await shop.store())
          return closing(await eachUnknown(redis, find), () => redis.disconnect())
        },
        store: async () => {
          const redis = new Redis(await shop.database())
          const cache = withRoutingCache(await shop.store(), { redis, near: false })
          await until(() => cache.cacheStats().redisAsked)
          return closing(await eachUnknown(redis, cache.routes.find), async () => {
            await cache.close()
            redis.disconnect()
          })
        },
      },
    },
    {
      title: 'routes.find, with Redis down',
      baseline: 'bare',
      goals: goals(0.95, 1),
      variants: {
        bare: async () => eachKnown((await shop.store()).routes.find),
        store: async () => {
          const cache = withRoutingCache(await shop.store(), { redis: 'redis://127.0.0.1:1' })
          return closing(eachKnown(cache.routes.find), () => cache.close())
        },
      },
    },
    {
      title: 'executions.get, which is not cached',
      baseline: 'bare',
      goals: goals(0.97, 1),
      variants: {
        bare: async () => eachKnown((await shop.store()).executions.get),
        store: cached(({ executions }) => eachKnown(executions.get), {}),
      },
    },
  ]
}

const goals = (atLeast: number, aim: number): readonly Goal[] => [{ variant: 'store', atLeast, aim }]

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}
