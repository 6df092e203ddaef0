import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type RedisCluster, redisCluster } from '@consensus-store/conformance/services'
import { Cluster } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { onRedis } from '../src/services/redis-client.ts'
import { ended, refused, started } from './service-users.ts'

const patience = { timeout: 30_000, interval: 50 }

describe('a Redis Cluster', () => {
  let service: RedisCluster
  let client: Cluster
  beforeAll(async () => {
    service = await redisCluster({ replicas: 1 })
    client = connect(service)
  })
  afterAll(async () => {
    client.disconnect()
    await service.stop()
  })

  test('has three masters, each with its replicas, on this machine only', async () => {
    const roles = await Promise.all(service.nodes.map(({ url }) => roleOf(url)))

    expect(roles).toEqual(['master', 'master', 'master', 'slave', 'slave', 'slave'])
    expect(new Set(service.nodes.map(({ host }) => host))).toEqual(new Set(['127.0.0.1']))
  })

  test('spreads keys over its masters and finds them again', async () => {
    const keys = Array.from({ length: 60 }, (_, i) => `key ${i}`)
    await Promise.all(keys.map((key) => client.set(key, key)))

    expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys)
    const sizes = service.nodes.slice(0, 3).map(({ url }) => onRedis(url, (redis) => redis.dbsize()))
    for (const size of await Promise.all(sizes)) expect(size).toBeGreaterThan(0)
  })

  test('asks for its password', async () => {
    const url = new URL(service.nodes[0]!.url)
    url.password = 'wrong'
    await expect(onRedis(url.href, (redis) => redis.ping())).rejects.toThrow(/WRONGPASS|NOAUTH|closed/)
  })

  test('has a replica take the place of a master that crashes, and takes that back as a replica', async () => {
    await client.set('kept', '7')
    const [master, , , replica] = service.nodes
    await onRedis(master!.url, (redis) => redis.wait(1, 10_000))
    await master!.crash()
    await vi.waitUntil(async () => (await roleOf(replica!.url)) === 'master', patience)
    expect(await client.get('kept')).toBe('7')

    await master!.restart()
    await service.ready()
    expect(await roleOf(master!.url)).toBe('slave')
  })

  test('leaves no data behind when it is stopped', async () => {
    const other = await redisCluster()
    const urls = other.nodes.map(({ url }) => url)
    const folders = await Promise.all(urls.map(folderOf))
    expect(folders.filter((folder) => existsSync(folder))).toHaveLength(3)
    await other.stop()

    expect(folders.filter((folder) => existsSync(dirname(folder)))).toEqual([])
    for (const url of urls) expect(await refused(onRedis(url, (redis) => redis.ping()))).toBe(true)
  })

  test('ends when the process that has it is killed', async () => {
    const { user, urls } = await started('redis-cluster')
    for (const url of urls) expect(await onRedis(url, (redis) => redis.ping())).toBe('PONG')

    await ended(user, 'is killed')

    for (const url of urls) await vi.waitUntil(() => refused(onRedis(url, (redis) => redis.ping())), patience)
  })

  test('that cannot be had is an error that says what to do', async () => {
    vi.stubEnv('PATH', join(tmpdir(), 'nothing is here'))
    const failing = redisCluster()

    await expect(failing).rejects.toThrow(/no redis-cluster to test with/)
    await expect(failing).rejects.toThrow(/put redis-server on the PATH/)
    vi.unstubAllEnvs()
  })
})

const connect = ({ nodes, password }: RedisCluster) =>
  new Cluster(
    nodes.map(({ host, port }) => ({ host, port })),
    { redisOptions: { password } },
  )

const roleOf = (url: string) =>
  onRedis(url, async (redis) => ((await redis.call('ROLE')) as readonly unknown[])[0])

const folderOf = (url: string) =>
  onRedis(url, async (redis) => ((await redis.config('GET', 'dir')) as string[])[1]!)
