import { memoryStore } from '@consensus-store/memory'
import { describe, expect, test } from 'vitest'
import { aCache, aClient, aServer, aWarmCache, found, keyOf, spawned } from './scene.ts'
import { until } from './until.ts'
import { warm } from './warm.ts'

/** The URL for a user who may do everything to these keys but what `rules` take away. */
async function aUser(...rules: string[]) {
  const { url } = await aServer()
  const admin = await aClient(url)
  await admin.call('ACL', 'SETUSER', 'cache', 'on', '>s3cret', '~consensus:*', '&*', '+@all', ...rules)
  const { host } = new URL(url)
  return { admin, url: `redis://cache:s3cret@${host}/0` }
}

describe('a server', () => {
  for (const [what, rules] of Object.entries({
    'that forbids CLIENT': ['-client'],
    'that forbids CLIENT TRACKING': ['-client|tracking'],
    'that forbids to subscribe': ['-subscribe'],
    'that forbids the channel of invalidations': ['resetchannels'],
  })) {
    test(`${what} is used without a cache in the process, which health says`, async () => {
      const { url, admin } = await aUser(...rules)
      const cache = await warm(aCache(memoryStore(), { redis: url }), false)
      await spawned(cache, 'a1')
      await found(cache, 'a1')

      await until(async () => (await cache.health({ latencyMs: 60_000 })).findings.length > 0, 'a finding')
      const { ok, findings } = await cache.health({ latencyMs: 60_000 })
      expect({ ok, findings }).toMatchObject({ ok: true, findings: [{ subject: 'near_cache' }] })
      expect(JSON.stringify(findings)).not.toContain('s3cret')
      expect(cache.cacheStats()).toMatchObject({ nearTrusted: false, nearHits: 0 })
      await admin.call('ACL', 'DELUSER', 'cache')
    })
  }

  test('that forbids scripts is read, but nothing new comes into it', async () => {
    const { url } = await aUser('-@scripting')
    const cache = await aWarmCache(memoryStore(), { redis: url })
    const runId = await spawned(cache, 'a1')
    for (let i = 0; i < 5; i++) expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })
    await until(() => cache.cacheStats().errors > 0, 'a refusal')

    expect((await cache.health({ latencyMs: 60_000 })).findings).toMatchObject([
      { subject: 'routing_cache', severity: 'warning' },
    ])
    expect(cache.cacheStats()).toMatchObject({ fills: 0, redisHits: 0, redisAsked: true })
    await cache.runs.delete(runId)
    expect(await cache.routes.find('a1')).toBeUndefined()
  })

  test('that forgot the script is sent it again', async () => {
    const { url } = await aServer()
    const cache = await aWarmCache(memoryStore(), { redis: url, near: false })
    await spawned(cache, 'a1', 'a2')
    await found(cache, 'a1')
    await (await aClient(url)).script('FLUSH')
    await found(cache, 'a2')

    expect(cache.cacheStats()).toMatchObject({ errors: 0, fills: 2 })
  })

  test('that is out of memory is read, deleted from, and not written to', async () => {
    const { url } = await aServer()
    const admin = await aClient(url)
    const cache = await aWarmCache(memoryStore(), { redis: url })
    const runId = await spawned(cache, 'a1', 'a2')
    await found(cache, 'a1')
    await admin.config('SET', 'maxmemory', '1')

    expect(await cache.routes.find('a2')).toMatchObject({ agentId: 'a2' })
    await until(() => cache.cacheStats().errors > 0, 'a refusal')
    expect(cache.cacheStats()).toMatchObject({ redisAsked: true, fills: 1 })
    await cache.runs.delete(runId)
    expect(await admin.exists(await keyOf(cache, 'a1'))).toBe(0)
    expect(await cache.routes.findMany(['a1', 'a2'])).toEqual(new Map())

    await admin.config('SET', 'maxmemory', '0')
    await spawned(cache, 'a3')
    await found(cache, 'a3')
  })

  test('that is a replica is not asked, because it may not have heard of deletions', async () => {
    const [master, replica] = [await aServer(), await aServer()]
    const store = memoryStore()
    const there = await aWarmCache(store, { redis: master.url })
    await spawned(there, 'a1')
    await found(there, 'a1')
    const admin = await aClient(replica.url)
    await admin.config('SET', 'masterauth', new URL(master.url).password)
    const { hostname, port } = new URL(master.url)
    const cache = await aWarmCache({ ...store, close: async () => {} }, { redis: replica.url })
    await admin.replicaof(hostname, port)
    await until(async () => (await admin.exists(await keyOf(store, 'a1'))) === 1, 'a replica in sync')
    await spawned(cache, 'a2')
    await until(async () => {
      await cache.routes.find('a2')
      return !cache.cacheStats().redisAsked
    }, 'a replica that is found out')

    expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })
    expect((await cache.health({ latencyMs: 60_000 })).findings).toMatchObject([{ subject: 'routing_cache' }])
    expect(cache.cacheStats()).toMatchObject({ redisHits: 0, nearTrusted: false })
    await admin.replicaof('NO', 'ONE')
    await found(await warm(cache), 'a2')
  })

  test('that is a replica from the beginning is never read', async () => {
    const [master, replica] = [await aServer(), await aServer()]
    const admin = await aClient(replica.url)
    await admin.config('SET', 'masterauth', new URL(master.url).password)
    const { hostname, port } = new URL(master.url)
    await admin.replicaof(hostname, port)
    const cache = aCache(memoryStore(), { redis: replica.url })
    await spawned(cache, 'a1')
    await until(async () => {
      await cache.routes.find('a1')
      return (await cache.health({ latencyMs: 60_000 })).findings.length > 0
    }, 'a replica that is found out')

    expect(cache.cacheStats()).toMatchObject({ redisHits: 0, nearHits: 0, fills: 0 })
  })

  test('that does not know the password is none, and comes back when it does', async () => {
    const { url, admin } = await aUser()
    const wrong = url.replace('s3cret', 's3cret-but-wrong')
    const cache = aCache(memoryStore(), { redis: wrong })
    await spawned(cache, 'a1')
    expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })
    await until(async () => (await cache.health({ latencyMs: 60_000 })).findings.length > 0, 'a finding')
    expect(JSON.stringify(await cache.health({ latencyMs: 60_000 }))).not.toContain('s3cret')

    await admin.call('ACL', 'SETUSER', 'cache', '>s3cret-but-wrong')
    await found(await warm(cache), 'a1')
  })
})
