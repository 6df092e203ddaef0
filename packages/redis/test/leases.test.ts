import { describe, expect, test } from 'vitest'
import { aClient, aDatabase, aWarmCache, found, keyOf, spawned, watched } from './scene.ts'
import { until } from './until.ts'

async function aScene(near: false | undefined = false) {
  const redis = await aDatabase()
  const { store, lookups, hold } = watched()
  const cache = await aWarmCache(store, { redis, near })
  return { redis, store, lookups, hold, cache, client: await aClient(redis) }
}

describe('a route', () => {
  test('that was deleted while it was read from the store does not come into Redis after all', async () => {
    const { cache, hold, lookups, client } = await aScene()
    const runId = await spawned(cache, 'a1')
    const release = hold()
    const finding = cache.routes.find('a1')
    await until(() => lookups.length === 1, 'a lookup in the store')
    await cache.runs.delete(runId)
    release()

    expect(await finding).toMatchObject({ agentId: 'a1' })
    await until(() => cache.cacheStats().refusedFills === 1, 'a refused fill')
    expect(await client.exists(await keyOf(cache, 'a1'))).toBe(0)
    expect(await cache.routes.find('a1')).toBeUndefined()
  })

  test('that a process looked up just before it ended is there for the next', async () => {
    const { cache, client } = await aScene()
    await spawned(cache, 'a1')
    const key = await keyOf(cache, 'a1')
    await client.script('FLUSH')
    await cache.routes.find('a1')
    await cache.close()

    expect(await client.get(key)).toContain('["a1"')
  })

  test('that was deleted by another process while it was read does not come into Redis either', async () => {
    const { redis, store, cache, hold, lookups, client } = await aScene()
    const other = await aWarmCache({ ...store, close: async () => {} }, { redis, near: false })
    const runId = await spawned(cache, 'a1')
    const release = hold()
    const finding = cache.routes.find('a1')
    await until(() => lookups.length === 1, 'a lookup in the store')
    await other.runs.delete(runId)
    release()
    await finding

    await until(() => cache.cacheStats().refusedFills === 1, 'a refused fill')
    expect(await client.exists(await keyOf(cache, 'a1'))).toBe(0)
  })

  test('that was deleted and spawned anew while it was read does not come into Redis with its old facts', async () => {
    const { cache, hold, lookups } = await aScene()
    const runId = await spawned(cache, 'a1')
    const release = hold()
    const finding = cache.routes.find('a1')
    await until(() => lookups.length === 1, 'a lookup in the store')
    await cache.runs.delete(runId)
    const again = await spawned(cache, 'a1')
    const anew = cache.routes.find('a1')
    await until(() => lookups.length === 2, 'another lookup in the store')
    release()
    await finding

    expect(await anew).toMatchObject({ runId: again })
    await found(cache, 'a1')
    expect(await cache.routes.find('a1')).toMatchObject({ runId: again })
  })

  test('that somebody else is about to put into Redis is read from the store and left to them', async () => {
    const { cache, client } = await aScene()
    await spawned(cache, 'a1')
    const key = await keyOf(cache, 'a1')
    await client.set(key, 'lease:somebody’s', 'PX', 60_000)

    expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })
    await cache.close()
    expect(await client.get(key)).toBe('lease:somebody’s')
  })

  test('that is not there is never kept, nor is the right to keep it', async () => {
    const { cache, client } = await aScene()
    expect(await cache.routes.find('a1')).toBeUndefined()
    expect(await cache.routes.findMany(['a1', 'a2'])).toEqual(new Map())

    await until(async () => (await client.dbsize()) <= 1, 'nothing but the probe')
    await spawned(cache, 'a1')
    expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })
    expect(cache.cacheStats()).toMatchObject({ redisHits: 0 })
  })

  test('expires within the time it was given', async () => {
    const redis = await aDatabase()
    const { store } = watched()
    const cache = await aWarmCache(store, { redis, ttlMs: 50_000, near: false })
    await spawned(cache, 'a1')
    await found(cache, 'a1')
    const client = await aClient(redis)
    const leftMs = await client.pttl(await keyOf(cache, 'a1'))

    expect(leftMs).toBeGreaterThan(0)
    expect(leftMs).toBeLessThanOrEqual(50_000)
  })

  test('that a failed lookup was to find can be kept by the next', async () => {
    const redis = await aDatabase()
    const { store } = watched()
    let fails = true
    const find: typeof store.routes.find = (id) =>
      fails ? Promise.reject(new RangeError('disk on fire')) : store.routes.find(id)
    const cache = await aWarmCache({ ...store, routes: { ...store.routes, find } }, { redis, near: false })
    await spawned(cache, 'a1')
    await expect(cache.routes.find('a1')).rejects.toThrow('disk on fire')
    fails = false

    await found(cache, 'a1')
  })
})

describe('lookups of one tick', () => {
  test('of one agent nobody found before cost one lookup in the store', async () => {
    const { cache, lookups } = await aScene()
    await spawned(cache, 'a1')
    const routes = await Promise.all(Array.from({ length: 1_000 }, () => cache.routes.find('a1')))

    expect(lookups).toEqual([['a1']])
    expect(new Set(routes).size).toBe(1_000)
    expect(routes).toEqual(Array(1_000).fill(routes[0]))
  })

  test('of many agents are one lookup in the store, and none once Redis has them', async () => {
    const { cache, lookups } = await aScene()
    const ids = Array.from({ length: 100 }, (_, i) => `a${i}`)
    await spawned(cache, ...ids)
    const first = await Promise.all(ids.map((id) => cache.routes.find(id)))
    expect(lookups).toHaveLength(1)
    await found(cache, 'a99')

    lookups.length = 0
    expect(await Promise.all(ids.map((id) => cache.routes.find(id)))).toEqual(first)
    expect(lookups).toEqual([])
  })

  test('of more than the store takes at a time are as many lookups as it needs', async () => {
    const { cache, lookups } = await aScene()
    await spawned(cache, 'a7', 'a2345')
    const ids = Array.from({ length: 2_500 }, (_, i) => `a${i}`)
    const routes = await Promise.all(ids.map((id) => cache.routes.find(id)))

    expect(routes.flatMap((route) => route?.agentId ?? [])).toEqual(['a7', 'a2345'])
    expect(lookups.map(({ length }) => length)).toEqual([1_000, 1_000, 500])
  })

  test('fail together when the store fails, and only they', async () => {
    const redis = await aDatabase()
    const { store } = watched()
    const findMany: typeof store.routes.findMany = () => Promise.reject(new RangeError('disk on fire'))
    const cache = await aWarmCache(
      { ...store, routes: { ...store.routes, findMany } },
      { redis, near: false },
    )
    await spawned(cache, 'a1')
    await found(cache, 'a1')
    const [known, unknown, other] = await Promise.allSettled(['a1', 'a2', 'a3'].map(cache.routes.find))

    expect(known).toMatchObject({ status: 'fulfilled', value: { agentId: 'a1' } })
    expect([unknown!.status, other!.status]).toEqual(['rejected', 'rejected'])
  })
})

describe('many routes', () => {
  test('are all from one moment: one that Redis does not have takes the others to the store', async () => {
    const { cache, lookups } = await aScene()
    await spawned(cache, 'a1', 'a2', 'a3')
    await found(cache, 'a1')
    await found(cache, 'a2')
    lookups.length = 0

    expect((await cache.routes.findMany(['a1', 'a2'])).size).toBe(2)
    expect(lookups).toEqual([])
    expect((await cache.routes.findMany(['a1', 'a2', 'a3'])).size).toBe(3)
    expect(lookups).toEqual([['a1', 'a2', 'a3']])
  })

  test('are in the order they were asked for', async () => {
    const { cache } = await aScene()
    await spawned(cache, 'a1', 'a2', 'a3')

    expect([...(await cache.routes.findMany(['a3', 'nobody', 'a1', 'a3'])).keys()]).toEqual(['a3', 'a1'])
  })
})

describe('a transaction', () => {
  test('reads past the cache, and what it undoes leaves nothing there', async () => {
    const { cache, client } = await aScene()
    await cache
      .transaction(async (tx) => {
        await spawned(tx, 'a1')
        expect(await tx.routes.find('a1')).toMatchObject({ agentId: 'a1' })
        throw new RangeError('undone')
      })
      .catch(() => {})

    expect(cache.cacheStats()).toMatchObject({ bypasses: 1, fills: 0 })
    expect(await client.exists(await keyOf(cache, 'a1'))).toBe(0)
    expect(await cache.routes.find('a1')).toBeUndefined()
  })

  test('that deletes and is undone leaves the route in Redis; one that is done removes it', async () => {
    const { cache, client } = await aScene()
    const runId = await spawned(cache, 'a1')
    await found(cache, 'a1')
    const key = await keyOf(cache, 'a1')
    await cache
      .transaction(async (tx) => {
        await tx.runs.delete(runId)
        throw new RangeError('undone')
      })
      .catch(() => {})
    expect(await client.exists(key)).toBe(1)

    await cache.transaction((tx) => tx.runs.delete(runId))
    expect(await client.exists(key)).toBe(0)
    expect(await cache.routes.find('a1')).toBeUndefined()
  })

  test('whose commit failed may have been done, so what it deleted is removed from Redis', async () => {
    const { redis, store } = await aScene()
    const transaction: typeof store.transaction = async (work) => {
      await store.transaction(work)
      throw new RangeError('no answer to the commit')
    }
    const cache = await aWarmCache({ ...store, transaction, close: async () => {} }, { redis, near: false })
    const runId = await spawned(cache, 'a1')
    await found(cache, 'a1')
    await expect(cache.transaction((tx) => tx.runs.delete(runId))).rejects.toThrow('no answer')

    expect(await cache.routes.find('a1')).toBeUndefined()
  })
})
