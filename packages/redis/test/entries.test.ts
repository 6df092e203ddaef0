import { memoryStore } from '@consensus-store/memory'
import { describe, expect, test } from 'vitest'
import { aClient, aDatabase, aWarmCache, found, keyOf, spawned } from './scene.ts'
import { until } from './until.ts'

const foreign: Readonly<Record<string, (entry: string, others: string) => string>> = {
  'is empty': () => '',
  'is no text of ours': () => 'hello',
  'is cut short': (entry) => entry.slice(0, -9),
  'has more behind it': (entry) => `${entry} `,
  'has one letter changed': (entry) => entry.replace('gemini', 'gemina'),
  'is for another agent': (_, others) => others,
  'is for another agent, with the checksum of this one': (entry, others) =>
    entry.slice(0, entry.indexOf('[')) + others.slice(others.indexOf('[')),
  'is JSON without a checksum': (entry) => entry.slice(entry.indexOf('[')),
  'begins as a value of a newer version might': (entry) => `2:${entry}`,
  'is an object with the right facts': () =>
    JSON.stringify({ agentId: 'a1', agentName: 'evil', phaseType: 'regular-stage', stage: 's', specId: 'S' }),
}

describe('a value in Redis that', () => {
  for (const [what, change] of Object.entries(foreign)) {
    test(`${what} is no answer, and is replaced`, async () => {
      const redis = await aDatabase()
      const client = await aClient(redis)
      const cache = await aWarmCache(memoryStore(), { redis, near: false })
      await spawned(cache, 'a1', 'a2')
      const route = await cache.routes.find('a1')
      await found(cache, 'a1')
      await found(cache, 'a2')
      const key = await keyOf(cache, 'a1')
      const entry = (await client.get(key))!
      await client.set(key, change(entry, (await client.get(await keyOf(cache, 'a2')))!))

      expect(await cache.routes.find('a1')).toEqual(route)
      expect(cache.cacheStats().foreign).toBe(1)
      await until(async () => (await client.get(key)) === entry, 'the entry as it was')
    })
  }

  test('is an entry of another store is no answer, and was written under another key', async () => {
    const redis = await aDatabase()
    const client = await aClient(redis)
    const [one, other] = await Promise.all([
      aWarmCache(memoryStore(), { redis, near: false }),
      aWarmCache(memoryStore(), { redis, near: false }),
    ])
    await spawned(one, 'a1')
    await found(one, 'a1')
    expect(await other.routes.find('a1')).toBeUndefined()

    await client.copy(await keyOf(one, 'a1'), await keyOf(other, 'a1'))
    expect(await other.routes.find('a1')).toBeUndefined()
    expect(other.cacheStats()).toMatchObject({ foreign: 1, redisHits: 0 })
  })

  test('is of another type is no answer to one or to many', async () => {
    const redis = await aDatabase()
    const client = await aClient(redis)
    const cache = await aWarmCache(memoryStore(), { redis, near: false })
    await spawned(cache, 'a1', 'a2')
    await client.hset(await keyOf(cache, 'a1'), { agentId: 'a1' })
    await client.rpush(await keyOf(cache, 'a2'), 'a2')

    expect([...(await cache.routes.findMany(['a1', 'a2'])).keys()]).toEqual(['a1', 'a2'])
    expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })
  })

  test('is right is an answer to whoever opens the store, however strange its characters', async () => {
    const redis = await aDatabase()
    const store = memoryStore()
    const [one, other] = await Promise.all([
      aWarmCache(store, { redis, near: false }),
      aWarmCache(store, { redis, near: false }),
    ])
    const agentId = 'a {1} "\\ \u{1F600} [\u2028]'
    await spawned(one, agentId)
    const route = await one.routes.find(agentId)
    await found(one, agentId)

    expect(await other.routes.find(agentId)).toStrictEqual(route)
    expect(other.cacheStats()).toMatchObject({ redisHits: 1, misses: 0 })
  })
})
