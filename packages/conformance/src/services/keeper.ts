// The process that starts a server, holds it and ends it. It lives as long as the channel to the process that wanted the
// server, which closes however that one ends: a server and its data cannot outlive even a parent that was killed.
import { once } from 'node:events'
import { postgresWays } from './postgres-ways.ts'
import { redisClusterWays, redisSentinelWays } from './redis-cluster-ways.ts'
import { redisWays } from './redis-ways.ts'
import type { Power, Way } from './service.ts'
import { startFirst, type WayToStart } from './ways.ts'

/** What a keeper is asked for. */
export interface Demand {
  readonly service: 'postgres' | 'redis' | 'redis-cluster' | 'redis-sentinel'
  readonly ways: readonly Way[]
  readonly durable: boolean
  readonly replicas?: number | undefined
}

export interface Order {
  readonly id: number
  readonly verb: keyof Power
  /** The place of one member among all; none for the server as a whole. */
  readonly member?: number | undefined
}

export type Answer =
  | { readonly started: StartedServer }
  | { readonly failed: string }
  | { readonly id: number; readonly error: string | undefined }

export interface StartedServer {
  readonly url: string
  readonly describe: string
  readonly took: Way
  readonly missed: readonly string[]
  /** The URLs of its members, where it has several. */
  readonly members: readonly string[]
}

const waysOf: Readonly<Record<Demand['service'], readonly WayToStart[]>> = {
  postgres: postgresWays,
  redis: redisWays,
  'redis-cluster': redisClusterWays,
  'redis-sentinel': redisSentinelWays,
}

const released = once(process, 'disconnect')
const answer = (message: Answer) =>
  new Promise((sent) => {
    if (process.connected) process.send?.(message, sent)
    else sent(undefined)
  })

try {
  const { service, ways, ...options }: Demand = JSON.parse(process.argv[2] ?? '')
  const { server, took, missed } = await startFirst(waysOf[service], ways, options)
  const { url, describe, members = [] } = server
  process.on('message', async ({ id, verb, member }: Order) => {
    const ordered = member === undefined ? server : members[member]!
    const error = await ordered[verb]().then(() => undefined, String)
    await answer({ id, error })
  })
  await answer({ started: { url, describe, took, missed, members: members.map(({ url }) => url) } })
  await released
  await server.end()
} catch (error) {
  await answer({ failed: error instanceof Error ? error.message : String(error) })
}
process.exit()
