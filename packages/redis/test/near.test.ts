import { type TcpProxy, tcpProxy } from '@consensus-store/conformance/services'
import { memoryStore } from '@consensus-store/memory'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  aCache,
  aClient,
  aClientOfTwo,
  aDatabase,
  aServer,
  aWarmCache,
  found,
  keyOf,
  spawned,
  watched,
} from './scene.ts'
import { until } from './until.ts'
import { warm } from './warm.ts'

async function aProxy(url: string): Promise<TcpProxy> {
  const proxy = await tcpProxy(url)
  onTestFinished(() => proxy.close())
  return proxy
}

/** Two caches before one store, as two processes have them. */
async function twoCaches(options: { shared?: boolean } = {}) {
  const redis = await aDatabase()
  const store = memoryStore()
  const open = () => aWarmCache({ ...store, close: async () => {} }, { redis, ...options })
  const [one, other] = [await open(), await open()]
  return { redis, store, one, other }
}

async function nearHit(cache: Awaited<ReturnType<typeof aWarmCache>>, agentId: string): Promise<void> {
  await until(async () => {
    const { nearHits } = cache.cacheStats()
    await cache.routes.find(agentId)
    return cache.cacheStats().nearHits > nearHits
  }, `${agentId} in the process`)
}

describe('a route kept in the process', () => {
  test('is found without asking anybody, and is a new value each time', async () => {
    const { one } = await twoCaches()
    await spawned(one, 'a1')
    await nearHit(one, 'a1')
    const before = one.cacheStats()
    const [first, second] = await Promise.all([one.routes.find('a1'), one.routes.findMany(['a1', 'a1'])])
    Object.assign(first!, { runId: 'spoilt' })

    expect(second.get('a1')!.runId).not.toBe('spoilt')
    expect(await one.routes.find('a1')).toStrictEqual(second.get('a1'))
    const { nearHits, redisHits, misses } = one.cacheStats()
    expect({ redisHits, misses }).toEqual({ redisHits: before.redisHits, misses: before.misses })
    expect(nearHits).toBeGreaterThan(before.nearHits)
  })

  for (const [how, options] of Object.entries({ 'with Redis behind it': {}, without: { shared: false } })) {
    test(`is gone when another process deletes it, ${how}`, async () => {
      const { one, other } = await twoCaches(options)
      const runId = await spawned(one, 'a1', 'a2')
      await nearHit(one, 'a1')
      await nearHit(one, 'a2')
      await other.runs.delete(runId)

      await until(() => one.cacheStats().nearEntries === 0, 'an invalidation')
      expect(await one.routes.find('a1')).toBeUndefined()
      expect(await one.routes.findMany(['a1', 'a2'])).toEqual(new Map())
    })

    test(`is gone at once when this process deletes it, ${how}`, async () => {
      const { one } = await twoCaches(options)
      const runId = await spawned(one, 'a1')
      await nearHit(one, 'a1')
      await one.runs.delete(runId)

      expect(await one.routes.find('a1')).toBeUndefined()
    })
  }

  test('is gone when Redis is flushed', async () => {
    const { redis, one } = await twoCaches()
    await spawned(one, 'a1')
    await nearHit(one, 'a1')
    await (await aClient(redis)).flushdb()

    await until(() => one.cacheStats().nearEntries === 0, 'word of the flush')
  })

  test('makes room for others when there are as many as there may be', async () => {
    const redis = await aDatabase()
    const cache = await aWarmCache(memoryStore(), { redis, near: { entries: 3 } })
    const ids = ['a1', 'a2', 'a3', 'a4', 'a5']
    await spawned(cache, ...ids)
    for (const id of ids) await nearHit(cache, id)

    expect(cache.cacheStats().nearEntries).toBe(3)
  })

  test('is not kept when its key changed between the question and the answer', async () => {
    const redis = await aDatabase()
    const client = await aClient(redis)
    const cache = await aWarmCache(memoryStore(), { redis: client })
    await spawned(cache, 'a1')
    await found(cache, 'a1')
    const other = await aClient(redis)
    const key = await keyOf(cache, 'a1')
    await other.set(key, (await other.get(key))!, 'PX', 60_000)
    await until(() => cache.cacheStats().nearEntries === 0, 'an empty cache')
    const { promise: answer, resolve: release } = Promise.withResolvers<void>()
    const mget = client.mget.bind(client) as (keys: string[]) => Promise<(string | null)[]>
    let held = false
    client.mget = (async (keys: string[]) => {
      const values = await mget(keys)
      held = true
      await answer
      return values
    }) as typeof client.mget

    const finding = cache.routes.findMany(['a1', 'a2'])
    await until(() => held, 'an answer that is held back')
    const { heard } = cache.cacheStats()
    await other.del(key)
    await until(() => cache.cacheStats().heard > heard, 'the invalidation')
    release()
    await finding

    expect(cache.cacheStats()).toMatchObject({ nearEntries: 0, nearTrusted: true })
  })
})

describe('the process’s own cache', () => {
  test('is not trusted while nothing is heard from Redis, and is again afterwards', async () => {
    const redis = await aDatabase()
    const proxy = await aProxy(redis)
    const store = memoryStore()
    const client = await aClientOfTwo(redis, proxy.url)
    const cache = await aWarmCache(store, { redis: client, near: { staleMs: 400 } })
    const runId = await spawned(cache, 'a1')
    await nearHit(cache, 'a1')

    proxy.stall()
    await until(() => !cache.cacheStats().nearTrusted, 'distrust')
    const other = await aWarmCache({ ...store, close: async () => {} }, { redis })
    await other.runs.delete(runId)
    expect(await cache.routes.find('a1')).toBeUndefined()

    await proxy.restore()
    await warm(cache)
    expect(await cache.routes.find('a1')).toBeUndefined()
  })

  test('is empty as soon as the connection breaks on which invalidations come', async () => {
    const redis = await aDatabase()
    const proxy = await aProxy(redis)
    const client = await aClientOfTwo(redis, proxy.url)
    const cache = await aWarmCache(memoryStore(), { redis: client, near: { staleMs: 60_000 } })
    await spawned(cache, 'a1')
    await nearHit(cache, 'a1')

    await proxy.cut()
    await until(() => cache.cacheStats().nearEntries === 0, 'an empty cache')
    expect(cache.cacheStats().nearTrusted).toBe(false)
    expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })

    await proxy.restore()
    await nearHit(await warm(cache), 'a1')
  })

  test('is not trusted after the connection that is read from broke, until that is known to be the same server', async () => {
    const redis = await aDatabase()
    const proxy = await aProxy(redis)
    const client = await aClientOfTwo(proxy.url, redis)
    const cache = await aWarmCache(memoryStore(), { redis: client, near: { staleMs: 60_000 } })
    await spawned(cache, 'a1')
    await nearHit(cache, 'a1')

    await proxy.cut()
    await until(() => cache.cacheStats().nearEntries === 0, 'an empty cache')
    await proxy.restore()
    await nearHit(await warm(cache), 'a1')
  })

  test('is never trusted while invalidations come from another server than routes do', async () => {
    const [redis, elsewhere] = [await aServer(), await aServer()]
    const client = await aClientOfTwo(redis.url, elsewhere.url)
    const cache = aCache(memoryStore(), { redis: client, near: { staleMs: 40 } })
    await warm(cache, false)
    await spawned(cache, 'a1')
    await found(cache, 'a1')
    const there = await aClient(elsewhere.url)
    await until(async () => (await clients(there)).includes('sub=1'), 'a connection that listens')
    // Several beats of its heart.
    await new Promise((resolve) => setTimeout(resolve, 200))

    expect(cache.cacheStats()).toMatchObject({ nearTrusted: false, nearEntries: 0, nearHits: 0 })
  })

  test('can be turned off', async () => {
    const redis = await aDatabase()
    const cache = await aWarmCache(memoryStore(), { redis, near: false })
    await spawned(cache, 'a1')
    await found(cache, 'a1')
    await found(cache, 'a1')

    expect(cache.cacheStats()).toMatchObject({ nearHits: 0, nearEntries: 0, nearTrusted: false })
  })

  test('can be all there is: Redis then holds no routes', async () => {
    const { redis, one } = await twoCaches({ shared: false })
    await spawned(one, 'a1')
    await nearHit(one, 'a1')

    const keys = await (await aClient(redis)).keys('*:route:*')
    expect(keys).toEqual([])
    expect(one.cacheStats()).toMatchObject({ redisHits: 0, fills: 0 })
  })

  test('keeps nothing that was deleted while the store was read, where it is all there is', async () => {
    const redis = await aDatabase()
    const { store, lookups, hold } = watched()
    const cache = await aWarmCache(store, { redis, shared: false })
    const other = await aWarmCache({ ...store, close: async () => {} }, { redis, shared: false })
    const runId = await spawned(cache, 'a1')
    const release = hold()
    const finding = cache.routes.find('a1')
    await until(() => lookups.length === 1, 'a lookup in the store')
    const { heard } = cache.cacheStats()
    await other.runs.delete(runId)
    await until(() => cache.cacheStats().heard > heard, 'the invalidation')
    release()
    await finding

    expect(cache.cacheStats().nearEntries).toBe(0)
    expect(await cache.routes.find('a1')).toBeUndefined()
  })
})

const clients = async (client: { client(word: 'LIST'): Promise<unknown> }): Promise<string> =>
  String(await client.client('LIST'))
