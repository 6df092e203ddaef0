import { setTimeout as sleep } from 'node:timers/promises'
import { describeSuites, exactRoutes } from '@consensus-store/conformance'
import { type RedisCluster, redisCluster } from '@consensus-store/conformance/services'
import { memoryStore } from '@consensus-store/memory'
import { Cluster } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withRoutingCache } from '../src/index.ts'
import { atWork } from './at-work.ts'
import { cached } from './cached.ts'
import { until } from './until.ts'

const timeout = 180_000

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

describeSuites(
  'memory with a routing cache in a cluster',
  { open: async (options) => cached(memoryStore(options), { redis: client }) },
  ['routes', 'routing', 'routeRaces', 'closing'],
)

describe('a routing cache in a cluster', () => {
  test('spreads its keys over all masters', async () => {
    await using store = withRoutingCache(memoryStore(), { redis: client })
    await atWork(store)
    const { id: runId } = await store.runs.start({ specId: 'SPEC-1', stage: 'plan' })
    const agentIds = Array.from({ length: 60 }, (_, i) => `a${i}`)
    for (const agentId of agentIds) {
      await store.executions.spawn({ runId, agentId, agentName: 'gemini', phaseType: 'regular-stage' })
    }
    expect((await store.routes.findMany(agentIds)).size).toBe(60)
    await until(() => store.cacheStats().fills === 60, 'routes in Redis')

    expect((await store.routes.findMany(agentIds)).size).toBe(60)
    expect(store.cacheStats().redisHits).toBe(60)
    for (const master of client.nodes('master')) expect(await master.dbsize()).toBeGreaterThan(0)
  })

  test('gives exact routes while a master is killed and its replica takes over', { timeout }, async () => {
    await using store = withRoutingCache(memoryStore(), { redis: client })
    await atWork(store)
    await exactRoutes([store], {
      async meanwhile() {
        for (const node of service.nodes.slice(0, 2)) {
          await sleep(200)
          await node.crash()
          await sleep(4_000)
          await node.restart()
          await service.ready()
          await atWork(store)
        }
      },
    })

    const { redisHits } = store.cacheStats()
    await exactRoutes([store])
    expect(store.cacheStats().redisHits).toBeGreaterThan(redisHits)
  })

  test('gives exact routes while nothing of the cluster is there', { timeout }, async () => {
    await using store = withRoutingCache(memoryStore(), { redis: client })
    await atWork(store)
    await exactRoutes([store], {
      async meanwhile() {
        await Promise.all(service.nodes.map((node) => node.crash()))
        await sleep(500)
        await Promise.all(service.nodes.map((node) => node.restart()))
        await service.ready()
        await atWork(store)
      },
    })
  })
})

function connect({ nodes, password }: RedisCluster): Cluster {
  const cluster = new Cluster(
    nodes.map(({ host, port }) => ({ host, port })),
    { redisOptions: { password }, clusterRetryStrategy: () => 100 },
  )
  cluster.on('error', () => {})
  return cluster
}
