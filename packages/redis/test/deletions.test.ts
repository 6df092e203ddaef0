import { tcpProxy } from '@consensus-store/conformance/services'
import { memoryStore } from '@consensus-store/memory'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aClient, aDatabase, aWarmCache, found, keyOf, spawned } from './scene.ts'
import { until } from './until.ts'
import { warm } from './warm.ts'

/** One cache with a bad network, and one with a good one. */
async function aScene() {
  const redis = await aDatabase()
  const proxy = await tcpProxy(redis)
  onTestFinished(() => proxy.close())
  const store = memoryStore()
  const cache = await aWarmCache({ ...store, close: async () => {} }, { redis: proxy.url, timeoutMs: 200 })
  return { redis, proxy, store, cache, client: await aClient(redis) }
}

describe('archiving', () => {
  test('takes routes out of Redis and out of other processes, and putting back lets them in again', async () => {
    const { redis, store, cache, client } = await aScene()
    const runId = await spawned(cache, 'a1')
    const other = await aWarmCache({ ...store, close: async () => {} }, { redis })
    for (const each of [cache, other]) await found(each, 'a1')
    await cache.executions.cancel('a1')
    await cache.runs.abandon(runId)
    const key = await keyOf(cache, 'a1')

    await cache.archives.add(runId)
    expect(await client.exists(key)).toBe(0)
    expect(await cache.routes.find('a1')).toBeUndefined()
    await until(async () => (await other.routes.find('a1')) === undefined, 'the other to hear of it')
    await other.archives.restore(runId)
    for (const each of [cache, other]) expect(await each.routes.find('a1')).toMatchObject({ runId })
  })

  test('that Redis does not hear of is kept to here', async () => {
    const { proxy, cache } = await aScene()
    const runId = await spawned(cache, 'a1')
    await found(cache, 'a1')
    await cache.executions.cancel('a1')
    await cache.runs.abandon(runId)
    await proxy.cut()

    await cache.archives.add(runId)
    expect(await cache.routes.find('a1')).toBeUndefined()
    expect(cache.cacheStats().condemned).toBe(1)
  })
})

describe('a deletion', () => {
  for (const fault of ['cut', 'stall'] as const) {
    test(`that Redis does not hear of (${fault}) is kept to here, and told when Redis is back`, async () => {
      const { proxy, cache, client } = await aScene()
      const runId = await spawned(cache, 'a1')
      await found(cache, 'a1')
      const key = await keyOf(cache, 'a1')
      await proxy[fault]()

      await cache.runs.delete(runId)
      expect(await cache.routes.find('a1')).toBeUndefined()
      expect(await client.exists(key)).toBe(1)
      expect(cache.cacheStats().condemned).toBe(1)
      expect((await cache.health()).findings).toContainEqual(
        expect.objectContaining({ subject: 'routing_cache_deletions' }),
      )

      await proxy.restore()
      await until(() => cache.cacheStats().condemned === 0, 'an acknowledgement')
      expect(await client.exists(key)).toBe(0)
      expect(await (await warm(cache)).routes.find('a1')).toBeUndefined()
    })
  }

  test('that Redis acknowledged is kept to when Redis comes back with what it had before', async () => {
    const { proxy, cache, client } = await aScene()
    const runId = await spawned(cache, 'a1')
    await found(cache, 'a1')
    const key = await keyOf(cache, 'a1')
    const entry = (await client.get(key))!
    await cache.runs.delete(runId)
    expect(cache.cacheStats().condemned).toBe(0)

    await proxy.cut()
    await until(() => !cache.cacheStats().redisAsked, 'the loss of the connection')
    // As a replica would have it that was promoted before it heard of the deletion.
    await client.set(key, entry)
    await proxy.restore()
    await until(() => cache.cacheStats().redisAsked, 'a connection')
    expect(await cache.routes.find('a1')).toBeUndefined()
    await until(() => cache.cacheStats().condemned === 0, 'an acknowledgement')
    expect(await client.get(key)).not.toBe(entry)
    expect(await cache.routes.find('a1')).toBeUndefined()
  })

  test('that Redis refuses is kept to while Redis is read', async () => {
    const redis = await aDatabase()
    const client = await aClient(redis)
    const cache = await aWarmCache(memoryStore(), { redis: client })
    const runId = await spawned(cache, 'a1', 'a2')
    await found(cache, 'a1')
    await found(cache, 'a2')
    const { pipeline } = client
    client.pipeline = (() => ({
      exec: () => Promise.reject(Object.assign(new Error('NOPERM del'), { name: 'ReplyError' })),
    })) as unknown as typeof client.pipeline
    await cache.runs.delete(runId)

    expect(cache.cacheStats()).toMatchObject({ redisAsked: true, condemned: 2 })
    expect(await cache.routes.find('a1')).toBeUndefined()
    expect(await cache.routes.findMany(['a1', 'a2'])).toEqual(new Map())
    client.pipeline = pipeline
    await until(() => cache.cacheStats().condemned === 0, 'an acknowledgement')
    expect(await client.exists(await keyOf(cache, 'a1'), await keyOf(cache, 'a2'))).toBe(0)
  })

  test('whose agents are spawned again before Redis hears of it gives their new facts', async () => {
    const { proxy, cache } = await aScene()
    const runId = await spawned(cache, 'a1')
    await found(cache, 'a1')
    await proxy.cut()
    await cache.runs.delete(runId)
    const again = await spawned(cache, 'a1')
    expect(await cache.routes.find('a1')).toMatchObject({ runId: again })

    await proxy.restore()
    await until(() => cache.cacheStats().condemned === 0, 'an acknowledgement')
    expect(await (await warm(cache)).routes.find('a1')).toMatchObject({ runId: again })
  })

  test('that a crash kept from Redis is found no longer than routes are kept', async () => {
    const redis = await aDatabase()
    const store = memoryStore()
    const cache = await aWarmCache(store, { redis, ttlMs: 300 })
    const runId = await spawned(cache, 'a1')
    await found(cache, 'a1')
    // As by a process that ended between its commit and what it had to tell Redis.
    await store.runs.delete(runId)

    await until(async () => (await cache.routes.find('a1')) === undefined, 'a route that expires')
  })

  test('of a run with many agents removes all of their routes', async () => {
    const { redis, cache, client } = await aScene()
    const ids = Array.from({ length: 1_200 }, (_, i) => `a${i}`)
    const runId = await spawned(cache, ...ids)
    await Promise.all(ids.map((id) => cache.routes.find(id)))
    await until(async () => (await routeKeys()).length === 1_200, 'all routes in Redis')
    await cache.runs.delete(runId)

    expect(await routeKeys()).toEqual([])
    expect(cache.cacheStats().invalidations).toBe(1_200)
    const other = await aWarmCache(memoryStore(), { redis })
    expect(await other.routes.find('a1')).toBeUndefined()
    async function routeKeys() {
      return client.keys('consensus:route:*')
    }
  })

  test('of what is not there tells Redis nothing', async () => {
    const { cache } = await aScene()

    expect(await cache.runs.delete('nothing')).toBeUndefined()
    expect(cache.cacheStats().invalidations).toBe(0)
  })
})

test('a route whose row was rebuilt is read from the store again', async () => {
  const redis = await aDatabase()
  const store = memoryStore()
  const damaged = {
    ...store,
    rebuild: async () => ({ runs: 1, repaired: ['r1'], agentIds: ['a1'], left: [] }),
  }
  const cache = await aWarmCache(damaged, { redis })
  await spawned(cache, 'a1', 'a2')
  await found(cache, 'a1')
  await found(cache, 'a2')
  await cache.rebuild()

  const client = await aClient(redis)
  expect(await client.exists(await keyOf(cache, 'a1'))).toBe(0)
  expect(await client.exists(await keyOf(cache, 'a2'))).toBe(1)
  const { redisHits, nearHits } = cache.cacheStats()
  expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })
  expect(cache.cacheStats()).toMatchObject({ redisHits, nearHits })
})
