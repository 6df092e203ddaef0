import { memoryStore } from '@consensus-store/memory'
import { describe, expect, test } from 'vitest'
import { withRoutingCache } from '../src/index.ts'
import { aCache, aClient, aDatabase, aServer, aWarmCache, found, keyOf, spawned, watched } from './scene.ts'
import { until } from './until.ts'
import { warm } from './warm.ts'

describe('a client of the caller’s', () => {
  test('stays open, and keeps no listener, when the store is closed', async () => {
    const redis = await aDatabase()
    const client = await aClient(redis)
    const listeners = () => client.eventNames().map((event) => [event, client.listenerCount(event)])
    const before = listeners()
    const cache = await aWarmCache(memoryStore(), { redis: client })
    await spawned(cache, 'a1')
    await found(cache, 'a1')
    await cache.close()

    expect(listeners()).toEqual(before)
    expect(await client.ping()).toBe('PONG')
  })

  test('that has a prefix of its own is invalidated like any other', async () => {
    const redis = await aDatabase()
    const store = memoryStore()
    const open = async () =>
      aWarmCache({ ...store, close: async () => {} }, { redis: await aClient(redis, { keyPrefix: 'mine:' }) })
    const [one, other] = [await open(), await open()]
    const runId = await spawned(one, 'a1')
    await found(one, 'a1')
    await found(one, 'a1')
    await until(() => one.cacheStats().nearEntries === 1, 'an entry in the process')
    expect(await (await aClient(redis)).exists(`mine:${await keyOf(one, 'a1')}`)).toBe(1)
    await other.runs.delete(runId)

    await until(() => one.cacheStats().nearEntries === 0, 'an invalidation')
    expect(await one.routes.find('a1')).toBeUndefined()
  })

  test('that connects when it is first used is connected', async () => {
    const { Redis } = await import('ioredis')
    const client = new Redis(await aDatabase(), { lazyConnect: true })
    const cache = aCache(memoryStore(), { redis: client })
    await warm(cache)
    await cache.close()
    client.disconnect()
  })

  for (const [what, options] of Object.entries({
    'pipelines by itself': { enableAutoPipelining: true },
    'speaks RESP2': { protocol: 2 },
    'gives numbers as strings': { stringNumbers: true },
  } as const)) {
    test(`that ${what} serves as well`, async () => {
      const redis = await aDatabase()
      const cache = await aWarmCache(memoryStore(), { redis: await aClient(redis, options) })
      const runId = await spawned(cache, 'a1', 'a2')
      await found(cache, 'a1')
      expect((await cache.routes.findMany(['a1', 'a2'])).size).toBe(2)
      await cache.runs.delete(runId)

      expect(await cache.routes.find('a1')).toBeUndefined()
      expect(cache.cacheStats()).toMatchObject({ errors: 0, condemned: 0 })
    })
  }
})

describe('closing', () => {
  test('ends every connection that was made for a URL', async () => {
    const { url } = await aServer()
    const admin = await aClient(url)
    const connections = async () =>
      String(await admin.client('LIST'))
        .trim()
        .split('\n').length
    const before = await connections()
    const cache = await aWarmCache(memoryStore(), { redis: url })
    expect(await connections()).toBe(before + 2)
    await cache.close()

    await until(async () => (await connections()) === before, 'the end of both connections')
  })

  test('right after opening leaves nothing behind', async () => {
    const { url } = await aServer()
    const admin = await aClient(url)
    for (let i = 0; i < 10; i++) await withRoutingCache(memoryStore(), { redis: url }).close()

    await until(
      async () =>
        String(await admin.client('LIST'))
          .trim()
          .split('\n').length === 1,
      'nobody else',
    )
  })

  test('has the store answer what waits for Redis', async () => {
    const redis = await aDatabase()
    const client = await aClient(redis)
    const { store, lookups } = watched()
    const cache = await aWarmCache(store, { redis: client })
    await spawned(cache, 'a1', 'a2')
    const { set } = client
    client.set = (() => new Promise(() => {})) as typeof client.set
    const waiting = cache.routes.find('a1')
    await new Promise((resolve) => setImmediate(resolve))
    const gathered = cache.routes.find('a2')
    const closing = cache.close()

    expect(await waiting).toMatchObject({ agentId: 'a1' })
    expect(await gathered).toMatchObject({ agentId: 'a2' })
    client.set = set
    await closing
    expect(lookups).toEqual([['a1'], ['a2']])
    await expect(cache.routes.find('a1')).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(cache.explain('a1')).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('everything else', () => {
  test('is the store’s own, by reference', async () => {
    const store = memoryStore()
    const cache = aCache(store, { redis: await aDatabase() })

    for (const noun of ['executions', 'artifacts', 'syntheses', 'events'] as const) {
      expect(cache[noun]).toBe(store[noun])
    }
    for (const method of ['start', 'get', 'list', 'latest', 'conclude', 'record', 'bundle'] as const) {
      expect(cache.runs[method]).toBe(store.runs[method])
    }
    expect([cache.name, cache.supports, cache.verify]).toEqual([store.name, store.supports, store.verify])
  })
})

describe('explaining a route', () => {
  test('says who answered, and why those before did not', async () => {
    const cache = await aWarmCache(memoryStore(), { redis: await aDatabase() })
    await spawned(cache, 'a1')
    const answered = async (agentId: string) =>
      (await cache.explain(agentId)).steps.map(({ tier, answered }) => [tier, answered])
    expect(await answered('a1')).toEqual([
      ['near', false],
      ['redis', false],
      ['store', true],
    ])
    await cache.routes.find('a1')
    await until(() => cache.cacheStats().fills === 1, 'an entry in Redis')
    expect(await answered('a1')).toEqual([
      ['near', false],
      ['redis', true],
    ])
    await until(async () => {
      await cache.routes.find('a1')
      return cache.cacheStats().nearEntries === 1
    }, 'an entry in the process')
    expect(await answered('a1')).toEqual([['near', true]])

    const { route, steps } = await cache.explain('nobody')
    expect(route).toBeUndefined()
    expect(steps).toEqual([
      { tier: 'near', answered: false, ms: expect.any(Number), why: expect.any(String) },
      { tier: 'redis', answered: false, ms: expect.any(Number), why: expect.any(String) },
      { tier: 'store', answered: true, ms: expect.any(Number), why: undefined },
    ])
  })
})
