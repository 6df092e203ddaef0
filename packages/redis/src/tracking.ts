import type { Redis } from 'ioredis'
import { type Client, isCluster } from './client.ts'
import type { Keys } from './keys.ts'
import type { Link } from './link.ts'
import type { NearTier } from './near-tier.ts'
import type { Tally } from './stats.ts'
import { type Tracker, tracker } from './tracker.ts'

/** Keeps the near tier coherent: passes on what servers tell, and trusts it only while all of them are heard. */
export interface Tracking {
  /** Why the near tier is off, for people. */
  readonly refusal: string | undefined
  /** The connection that is read from was lost: the next may lead to another server. */
  lost(): void
  /** Redis can be read again. */
  up(): void
  close(): void
}

export interface TrackingOptions {
  readonly link: Link
  readonly keys: Keys
  /** What this process's probes begin with. */
  readonly probes: string
  readonly near: NearTier
  readonly staleMs: number
  readonly tally: Tally
}

/** Beats per `staleMs`: so many may be late before trust is lost. */
const BEATS = 4
const SLOWEST_BEAT_MS = 1_000

export function tracking({ link, keys, probes, near, staleMs, tally }: TrackingOptions): Tracking {
  const { client } = link
  const keyPrefix = client.options.keyPrefix ?? ''
  const servers = new Map<Redis, Server>()
  let probesSent = 0

  function changed(server: Server, told: readonly string[] | undefined): void {
    if (!told) {
      near.forgetAll()
      return
    }
    for (const key of told) {
      const agentId = keys.agentId(key.slice(keyPrefix.length))
      if (agentId === undefined) continue
      tally.heard += 1
      near.forget(agentId)
    }
    const { probe } = server
    if (!probe || !told.includes(probe.key)) return
    server.probe = undefined
    server.proven = true
    server.heardAt = probe.sentAt
    judge()
  }

  /** The near tier is as old as what the least recent of the servers has told. */
  function judge(): void {
    const heard = [...servers.values()].map(({ proven, heardAt }) => (proven ? heardAt : undefined))
    if (heard.length === 0 || heard.includes(undefined)) return
    near.trust(Math.min(...(heard as number[])) + staleMs)
  }

  /**
   * The two connections may have come to different servers, in the middle of a failover for one: a key that is written on
   * one must be heard of on the other. It is a new key each time, because one that expires is heard of as well. The nodes of
   * a Cluster are told apart by their addresses.
   */
  function prove(server: Server): void {
    if (!link.writable) return
    const key = `${probes}${++probesSent}`
    server.probe = { key: keyPrefix + key, sentAt: performance.now() }
    client.set(key, '', 'PX', PROBE_MS).catch(link.heed)
  }

  const unheard = () => ({ proven: isCluster(client), heardAt: undefined, probe: undefined })

  function track(node: Redis): void {
    const server: Server = { ...unheard() }
    server.tracker = tracker({
      client: node,
      prefixes: [keyPrefix + keys.routes, keyPrefix + probes],
      heartbeatMs: Math.min(staleMs / BEATS, SLOWEST_BEAT_MS),
      changed: (told) => changed(server, told),
      caughtUp(at) {
        if (!server.proven) return prove(server)
        server.heardAt = at
        judge()
      },
      lost() {
        Object.assign(server, unheard())
        near.distrust()
      },
    })
    servers.set(node, server)
  }

  /** A node that comes is heard before anything is kept that may be read from it. */
  function follow(): void {
    near.distrust()
    const nodes = nodesOf(client)
    for (const [node, server] of servers) {
      if (nodes.includes(node)) continue
      server.tracker?.close()
      servers.delete(node)
    }
    for (const node of nodes) if (!servers.has(node)) track(node)
  }

  const emitter = client as Redis
  if (isCluster(client)) for (const event of ['+node', '-node']) emitter.on(event, follow)
  follow()

  return {
    get refusal() {
      return [...servers.values()].find((server) => server.tracker?.refusal)?.tracker?.refusal
    },
    lost() {
      near.distrust()
      for (const server of servers.values()) Object.assign(server, unheard())
    },
    up() {
      for (const { tracker } of servers.values()) tracker?.beat()
    },
    close() {
      for (const event of ['+node', '-node']) emitter.off(event, follow)
      near.distrust()
      for (const server of servers.values()) server.tracker?.close()
    },
  }
}

interface Server {
  tracker?: Tracker
  /** Whether what is read from is known to be this server. */
  proven: boolean
  /** All that changed before has been told. */
  heardAt: number | undefined
  probe: { readonly key: string; readonly sentAt: number } | undefined
}

const PROBE_MS = 1_000

const nodesOf = (client: Client): Redis[] => (isCluster(client) ? client.nodes('all') : [client])
