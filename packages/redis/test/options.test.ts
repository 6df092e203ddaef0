import { StoreError } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { Cluster, Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type RoutingCacheOptions, withRoutingCache } from '../src/index.ts'

const NOWHERE = 'redis://user:s3cret@127.0.0.1:1/0'

const wrong: Readonly<Record<string, readonly [argument: string, options: object]>> = {
  'no options at all': ['options', undefined as unknown as object],
  'no Redis': ['redis', {}],
  'a URL of something else': ['redis', { redis: 'postgres://user:s3cret@host/db' }],
  'a URL that is none': ['redis', { redis: 'user:s3cret@host' }],
  'a URL without a host': ['redis', { redis: 'redis:///0' }],
  'a URL with a database that is no number': ['redis', { redis: 'redis://user:s3cret@host/history' }],
  'an object that is no client': ['redis', { redis: { get: () => undefined } }],
  'a time to live of zero': ['ttlMs', { redis: NOWHERE, ttlMs: 0 }],
  'a negative time to live': ['ttlMs', { redis: NOWHERE, ttlMs: -1 }],
  'a fractional time to live': ['ttlMs', { redis: NOWHERE, ttlMs: 1.5 }],
  'a time to live without end': ['ttlMs', { redis: NOWHERE, ttlMs: Number.POSITIVE_INFINITY }],
  'a time to live in words': ['ttlMs', { redis: NOWHERE, ttlMs: '1h' }],
  'no patience': ['timeoutMs', { redis: NOWHERE, timeoutMs: 0 }],
  'an empty prefix': ['prefix', { redis: NOWHERE, prefix: '' }],
  'a prefix that is a glob': ['prefix', { redis: NOWHERE, prefix: 'routes*' }],
  'a prefix with a class of characters': ['prefix', { redis: NOWHERE, prefix: 'route[s]' }],
  'a prefix with a hash tag': ['prefix', { redis: NOWHERE, prefix: '{routes}' }],
  'a prefix with a line end': ['prefix', { redis: NOWHERE, prefix: 'routes\r\n' }],
  'a prefix of many characters': ['prefix', { redis: NOWHERE, prefix: 'a'.repeat(129) }],
  'room for nothing': ['near.entries', { redis: NOWHERE, near: { entries: 0 } }],
  'staleness nobody can keep to': ['near.staleMs', { redis: NOWHERE, near: { staleMs: 1 } }],
  'a near cache that is just true': ['near', { redis: NOWHERE, near: true }],
  'a shared tier that is just null': ['shared', { redis: NOWHERE, shared: null }],
  'both tiers off': ['near', { redis: NOWHERE, shared: false, near: false }],
}

describe('options', () => {
  for (const [what, [argument, options]] of Object.entries(wrong)) {
    test(`with ${what} are refused by name, at once, and without a word of what is secret`, () => {
      const error = thrownBy(() => withRoutingCache(memoryStore(), options as RoutingCacheOptions))

      expect(error).toBeInstanceOf(StoreError)
      expect(error).toMatchObject({ code: 'INVALID' })
      expect(error.message).toMatch(new RegExp(`^${argument.replace('.', '\\.')} `))
      expect(error.message).not.toContain('s3cret')
    })
  }

  test('with a client that reads from replicas are refused, be it of a Cluster or of sentinels', () => {
    const clients = [
      new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true, scaleReads: 'slave' }),
      new Redis({ lazyConnect: true, role: 'slave', sentinels: [{ host: '127.0.0.1', port: 1 }], name: 'm' }),
    ]
    onTestFinished(() => {
      for (const client of clients) client.disconnect()
    })

    for (const redis of clients) {
      expect(thrownBy(() => withRoutingCache(memoryStore(), { redis }))).toMatchObject({ code: 'INVALID' })
    }
  })

  test('with a Redis that is not there are taken, and the store answers', async () => {
    await using store = memoryStore()
    await using cache = withRoutingCache(store, { redis: NOWHERE })

    expect(await cache.routes.find('a1')).toBeUndefined()
    expect(JSON.stringify([await cache.health(), cache.cacheStats()])).not.toContain('s3cret')
  })
})

function thrownBy(call: () => unknown): Error {
  try {
    call()
  } catch (error) {
    return error as Error
  }
  throw new Error('Nothing was thrown')
}
