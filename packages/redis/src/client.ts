import { invalid } from '@consensus-store/core'
import { Cluster, Redis } from 'ioredis'

export type Client = Redis | Cluster

/** A client of ours, which is made for a URL, or the caller's; either reports what becomes of it until it is released. */
export interface Connection {
  readonly client: Client
  /** Where it leads, for people: never with a password. */
  readonly where: string
  /** What Redis or the network last complained about while there was no connection. */
  readonly complaint: string | undefined
  /** Ends a connection of ours; leaves the caller's as it was. */
  release(): Promise<void>
}

export interface ConnectionEvents {
  ready(): void
  lost(): void
  /** A Cluster has looked again at who serves what: some keys may be another server's by now. */
  moved(): void
}

/** Begins to connect, if nobody has, and returns at once. */
export function connection(redis: string | Client, { ready, lost, moved }: ConnectionEvents): Connection {
  const own = typeof redis === 'string'
  const client = own ? new Redis(redis, ownSettings) : redis
  let complaint: string | undefined

  const listeners = {
    ready: () => {
      complaint = undefined
      ready()
    },
    close: lost,
    end: lost,
    '+node': moved,
    '-node': moved,
    refresh: moved,
    error: (error: Error) => {
      complaint = error.message
    },
  }
  // A Cluster has the same events, but not the same types.
  const emitter = client as Redis
  for (const [event, listener] of Object.entries(listeners)) emitter.on(event, listener)
  if (client.status === 'ready') queueMicrotask(ready)
  // A client that waits for its first command would wait for ever: nobody asks who is not connected.
  if (client.status === 'wait') client.connect().catch(() => {})

  return {
    client,
    where: own ? masked(redis) : whereOf(client),
    get complaint() {
      return complaint
    },
    async release() {
      if (own) await quit(client)
      for (const [event, listener] of Object.entries(listeners)) emitter.off(event, listener)
      // It may yet complain about being ended, and an error nobody listens to is printed.
      if (own) emitter.on('error', () => {})
    },
  }
}

/** Whatever is not answered at once is the store's: nothing may queue up, or be sent again, behind a caller's back. */
const ownSettings = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 5_000,
  retryStrategy: (times: number) => reconnectDelay(times),
}

/** Twice as long each time, up to two seconds, and never all processes of a fleet at once. */
export const reconnectDelay = (times: number): number =>
  Math.min(50 * 2 ** Math.min(times, 10), 2_000) * (0.5 + Math.random() / 2)

/** What was sent before gets its time to arrive. */
async function quit(client: Client): Promise<void> {
  if (client.status === 'ready') {
    const patience = Promise.withResolvers<void>()
    const timer = setTimeout(patience.resolve, 500)
    await Promise.race([client.quit().catch(() => {}), patience.promise])
    clearTimeout(timer)
  }
  client.disconnect()
}

/** INVALID unless it is a client of ioredis that reads from masters. */
export function checkClient(client: unknown): Client {
  if (!isClient(client)) throw invalid('redis', 'must be a redis:// or rediss:// URL, or a client of ioredis')
  if (client.isCluster && (client as Cluster).options.scaleReads !== 'master') {
    throw invalid(
      'redis',
      'must read from masters: with scaleReads, replicas would answer with routes already deleted',
    )
  }
  if (!client.isCluster && (client as Redis).options.role === 'slave') {
    throw invalid('redis', 'must lead to a master: a replica answers with routes already deleted')
  }
  return client
}

/** By what it can do, because a program may have more than one copy of ioredis. */
const isClient = (value: unknown): value is Client =>
  value instanceof Redis ||
  value instanceof Cluster ||
  (typeof value === 'object' &&
    value !== null &&
    ['mget', 'evalsha', 'duplicate', 'on'].every((name) => typeof Reflect.get(value, name) === 'function'))

export const isCluster = (client: Client): client is Cluster => client.isCluster

function masked(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

function whereOf(client: Client): string {
  if (isCluster(client)) return 'a cluster'
  const { sentinels, name, path, host, port, db } = client.options
  if (sentinels) return `the master that sentinels call ${name}`
  return path ?? `${host}:${port}/${db ?? 0}`
}
