import type { Redis } from 'ioredis'
import { patiently } from './patiently.ts'
import { onRedis } from './redis-client.ts'
import { fields, mustBeInStep } from './redis-replication.ts'

export const MASTERS = 3

const SLOTS = 16_384

/** Makes one cluster of empty nodes, as `redis-cli --cluster create` does, and resolves when every node knows all of it. */
export async function formCluster(urls: readonly string[]): Promise<void> {
  for (const [i, url] of urls.entries()) {
    await onRedis(url, async (redis) => {
      if (i < MASTERS) await redis.cluster('ADDSLOTS', ...slotsOf(i))
      // Nodes that begin with the same epoch settle it among themselves, one after the other.
      await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
      if (i > 0) await redis.call('CLUSTER', 'MEET', '127.0.0.1', new URL(urls[0]!).port)
    })
  }
  await onEach(urls, async (redis) => {
    const known = fields(`${await redis.cluster('INFO')}`).get('cluster_known_nodes')
    if (Number(known) !== urls.length) throw new Error(`A node of the cluster knows of ${known} nodes`)
  })
  for (const [i, url] of urls.slice(MASTERS).entries()) {
    const master = await onRedis(urls[i % MASTERS]!, (redis) => redis.cluster('MYID'))
    await onRedis(url, (redis) => redis.call('CLUSTER', 'REPLICATE', `${master}`))
  }
  await clusterReady(urls, urls.length / MASTERS - 1)
}

/** Resolves when each of these nodes says that every slot is served, by a master with so many replicas that are in step. */
export async function clusterReady(urls: readonly string[], replicas: number): Promise<void> {
  await onEach(urls, async (redis) => {
    const state = fields(`${await redis.cluster('INFO')}`).get('cluster_state')
    if (state !== 'ok') throw new Error(`The cluster's state is ${state}`)
    await mustBeInStep(redis)
    const ranges = (await redis.cluster('SLOTS')) as readonly unknown[][]
    for (const [first, end, ...servers] of ranges) {
      if (servers.length === 1 + replicas) continue
      throw new Error(`Slots ${first} to ${end} are served by ${servers.length} nodes, not ${1 + replicas}`)
    }
  })
}

function slotsOf(master: number): readonly number[] {
  const [first, end] = [master, master + 1].map((part) => Math.ceil((SLOTS * part) / MASTERS)) as [
    number,
    number,
  ]
  return Array.from({ length: end - first }, (_, i) => first + i)
}

async function onEach(urls: readonly string[], check: (redis: Redis) => Promise<void>): Promise<void> {
  for (const url of urls) await onRedis(url, (redis) => patiently(() => check(redis)))
}
