import { type Power, redisService, type Service } from '@consensus-store/conformance/services'
import type { ConsensusStore } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { Redis, type RedisOptions } from 'ioredis'
import { onTestFinished } from 'vitest'
import { type RoutingCachedStore, type RoutingCacheOptions, withRoutingCache } from '../src/index.ts'
import { warm } from './warm.ts'

/** The URL of an empty database that goes with the test. */
export async function aDatabase(): Promise<string> {
  const service = await redisService()
  const database = await service.database()
  onTestFinished(async () => {
    await database.drop()
    await service.stop()
  })
  return database.url
}

/** A server that goes with the test, which may do to it what it likes. */
export async function aServer(): Promise<Service & { readonly power: Power }> {
  const service = await redisService({ own: true, ways: ['local'] })
  onTestFinished(() => service.stop())
  return { ...service, power: service.power! }
}

/** A client of another program, which goes with the test. */
export async function aClient(url: string, options: Omit<RedisOptions, 'replyMapping'> = {}): Promise<Redis> {
  const client = new Redis(url, { lazyConnect: true, ...options })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.disconnect())
  return client
}

/** A client that reads and writes at one URL, and hears of changes at another. */
export async function aClientOfTwo(data: string, tracked: string): Promise<Redis> {
  const client = await aClient(data)
  client.duplicate = ((options: object) => new Redis(tracked, options)) as Redis['duplicate']
  return client
}

/** A cache that is closed when the test is over, patient enough for a slow machine. */
export function aCache(store: ConsensusStore, options: RoutingCacheOptions): RoutingCachedStore {
  const cache = withRoutingCache(store, { timeoutMs: 10_000, ...options })
  onTestFinished(() => cache.close())
  return cache
}

/** The same, when it is at work. */
export const aWarmCache = (store: ConsensusStore, options: RoutingCacheOptions) =>
  warm(aCache(store, options), options.near !== false)

/** A store whose lookups are counted, and held back while they are told to wait. */
export function watched(store: ConsensusStore = memoryStore()) {
  const lookups: (readonly string[])[] = []
  let held: Promise<void> | undefined
  const looked = async <T>(ids: readonly string[], read: () => Promise<T>): Promise<T> => {
    lookups.push(ids)
    const answer = await read()
    await held
    return answer
  }
  return {
    /** What was looked up, call by call. */
    lookups,
    /** Holds back the answers of lookups that have read what they read, until the returned function is called. */
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return () => {
        held = undefined
        resolve()
      }
    },
    store: {
      ...store,
      routes: {
        find: (id) => looked([id], () => store.routes.find(id)),
        findMany: (ids) => looked(ids, () => store.routes.findMany(ids)),
      },
    } satisfies ConsensusStore,
  }
}

/** Spawns agents into a run of their own, which ends so that it can be deleted. */
export async function spawned(
  store: Pick<ConsensusStore, 'runs' | 'executions'>,
  ...agentIds: readonly string[]
): Promise<string> {
  const { id } = await store.runs.start({ specId: 'SPEC-1', stage: 'plan', branch: 'main' })
  for (const agentId of agentIds) {
    await store.executions.spawn({ agentId, runId: id, agentName: 'gemini', phaseType: 'regular-stage' })
    await store.executions.cancel(agentId)
  }
  await store.runs.abandon(id)
  return id
}

/** Finds until Redis has the answer: what a miss puts there, nobody waits for. */
export async function found(cache: RoutingCachedStore, agentId: string): Promise<void> {
  const { redisHits, nearHits } = cache.cacheStats()
  for (let i = 0; i < 5_000; i++) {
    await cache.routes.find(agentId)
    const now = cache.cacheStats()
    if (now.redisHits > redisHits || now.nearHits > nearHits) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error(`${agentId} did not come into Redis`)
}

/** The key an agent's route is kept under. */
export async function keyOf(store: ConsensusStore, agentId: string): Promise<string> {
  return `consensus:route:1:${await store.identity()}:${agentId}`
}
