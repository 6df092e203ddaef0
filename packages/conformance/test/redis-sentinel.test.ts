import { type RedisSentinel, redisSentinel } from '@consensus-store/conformance/services'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { onRedis } from '../src/services/redis-client.ts'
import { ended, refused, started } from './service-users.ts'

const patience = { timeout: 50_000, interval: 50 }

describe('a Redis with a sentinel', () => {
  let service: RedisSentinel
  let client: Redis
  beforeAll(async () => {
    service = await redisSentinel()
    const { sentinel, name, password } = service
    client = new Redis({
      sentinels: [{ host: sentinel.host, port: sentinel.port }],
      name,
      password,
      sentinelPassword: password,
    })
    client.on('error', () => {})
  })
  afterAll(async () => {
    client.disconnect()
    await service.stop()
  })

  test('is reached by way of its sentinel', async () => {
    expect(await service.master()).toBe(service.nodes[0])
    await client.set('kept', '7')
    expect(await onRedis(service.nodes[0].url, (redis) => redis.get('kept'))).toBe('7')
    await vi.waitUntil(
      () => onRedis(service.nodes[1].url, async (redis) => (await redis.get('kept')) === '7'),
      patience,
    )
  })

  test('asks for its password, and so does the sentinel', async () => {
    for (const node of [service.nodes[0], service.sentinel]) {
      const url = new URL(node.url)
      url.password = 'wrong'
      await expect(onRedis(url.href, (redis) => redis.ping())).rejects.toThrow(/WRONGPASS|NOAUTH|closed/)
    }
  })

  test('fails over to its replica, to which clients find their way, and back', async () => {
    const [first, second] = service.nodes
    expect(await service.failOver()).toBe(first)

    expect(await service.master()).toBe(second)
    expect(await client.get('kept')).toBe('7')
    await client.set('kept', '8')
    await first.restart()
    await vi.waitUntil(() => onRedis(first.url, async (redis) => (await redis.get('kept')) === '8'), patience)
  })

  test('ends when the process that has it is killed', async () => {
    const { user, urls } = await started('redis-sentinel')
    for (const url of urls) expect(await onRedis(url, (redis) => redis.ping())).toBe('PONG')

    await ended(user, 'is killed')

    for (const url of urls) await vi.waitUntil(() => refused(onRedis(url, (redis) => redis.ping())), patience)
  })
})
