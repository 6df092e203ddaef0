import { tcpProxy } from '@consensus-store/conformance/services'
import { memoryStore } from '@consensus-store/memory'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aCache, aClient, aClientOfTwo, aDatabase, aServer, aWarmCache, found, spawned } from './scene.ts'
import { until } from './until.ts'
import { warm } from './warm.ts'

async function aProxied() {
  const redis = await aDatabase()
  const proxy = await tcpProxy(redis)
  onTestFinished(() => proxy.close())
  return { redis, proxy }
}

describe('a Redis that', () => {
  for (const near of [false, undefined] as const) {
    const tiers = near === false ? 'alone' : 'behind a cache in the process'
    test(`hangs, ${tiers}, is not asked any more after some failures, and is again when it answers`, async () => {
      const { proxy } = await aProxied()
      const cache = await aWarmCache(memoryStore(), { redis: proxy.url, near, timeoutMs: 100 })
      await spawned(cache, 'a1', 'a2')
      proxy.stall()
      await until(async () => {
        expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })
        expect([...(await cache.routes.findMany(['a1', 'a2'])).keys()]).toEqual(['a1', 'a2'])
        return !cache.cacheStats().redisAsked
      }, 'an open breaker')
      expect((await cache.health()).findings).toContainEqual(
        expect.objectContaining({ severity: 'warning', subject: 'routing_cache' }),
      )
      const { errors } = cache.cacheStats()
      expect(errors).toBeGreaterThanOrEqual(3)
      for (let i = 0; i < 100; i++) await cache.routes.find('a1')
      expect(cache.cacheStats().errors).toBe(errors)

      await proxy.restore()
      await warm(cache, near !== false)
      await found(cache, 'a1')
      expect((await cache.health({ latencyMs: 60_000 })).findings).toEqual([])
    })
  }

  test('is slower than callers have patience is not asked any more either', async () => {
    const { proxy } = await aProxied()
    const cache = await aWarmCache(memoryStore(), { redis: proxy.url, near: false, timeoutMs: 50 })
    await spawned(cache, 'a1')
    proxy.delay(400)
    await until(async () => {
      expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })
      return !cache.cacheStats().redisAsked
    }, 'an open breaker')
    await proxy.restore()
    await warm(cache, false)
  })

  test('answers garbage is left alone', async () => {
    const { proxy } = await aProxied()
    const cache = await aWarmCache(memoryStore(), { redis: proxy.url, timeoutMs: 200 })
    await spawned(cache, 'a1')
    await found(cache, 'a1')
    proxy.corrupt()
    for (let i = 0; i < 20; i++) {
      expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })
      expect(await cache.routes.find('a2')).toBeUndefined()
    }
    await proxy.restore()
    await found(await warm(cache), 'a1')
  })

  test('will not be read is left alone', async () => {
    const redis = await aDatabase()
    const client = await aClient(redis)
    const cache = await aWarmCache(memoryStore(), { redis: client, near: false })
    await spawned(cache, 'a1')
    const refuse = () => Promise.reject(replyError('NOPERM this user has no permissions'))
    Object.assign(client, { get: refuse, mget: refuse, set: refuse })
    await until(async () => {
      expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })
      return !cache.cacheStats().redisAsked
    }, 'an open breaker')
  })

  test('is not there when the store is wrapped is found when it comes', async () => {
    const { proxy } = await aProxied()
    await proxy.cut()
    const cache = aCache(memoryStore(), { redis: proxy.url })
    await spawned(cache, 'a1')
    expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })
    await until(async () => (await cache.health({ latencyMs: 60_000 })).findings.length > 0, 'a finding')
    expect(await cache.health({ latencyMs: 60_000 })).toMatchObject({
      ok: true,
      findings: [{ subject: 'routing_cache', severity: 'warning' }],
      details: { redisAsked: false, nearTrusted: false },
    })

    await proxy.restore()
    await found(await warm(cache), 'a1')
  })

  test('is killed and starts again is used again, by a client of the caller’s too', async () => {
    const { url, power } = await aServer()
    const store = memoryStore()
    const own = await aWarmCache(store, { redis: url })
    const borrowed = await aWarmCache({ ...store, close: async () => {} }, { redis: await aClient(url) })
    await spawned(own, 'a1')
    for (const cache of [own, borrowed]) await found(cache, 'a1')

    await power.crash()
    for (const cache of [own, borrowed]) {
      await until(() => !cache.cacheStats().redisAsked, 'word of the crash')
      for (let i = 0; i < 10; i++) expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })
    }
    await power.restart()
    for (const cache of [own, borrowed]) await found(await warm(cache), 'a1')
  })

  test('hangs only for invalidations is still read', async () => {
    const { redis, proxy } = await aProxied()
    const client = await aClientOfTwo(redis, proxy.url)
    const cache = await aWarmCache(memoryStore(), { redis: client, near: { staleMs: 100 } })
    proxy.stall()
    await until(() => !cache.cacheStats().nearTrusted, 'distrust')
    await spawned(cache, 'a1')
    await found(cache, 'a1')

    expect(cache.cacheStats()).toMatchObject({ redisAsked: true, nearTrusted: false, nearHits: 0 })
  })
})

const replyError = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' })
