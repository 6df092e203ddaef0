import { options as checkObject, count, flag, invalid, text } from '@consensus-store/core'
import type { Cluster, Redis } from 'ioredis'
import { checkClient } from './client.ts'

/** Where routes are kept, and for how long. */
export interface RoutingCacheOptions {
  /**
   * Where Redis is: `redis://user:password@host:6379/0`, or `rediss://` with TLS, for a connection of the cache's own; or a
   * client of ioredis, also one that goes through Sentinel or to a Cluster, which stays the caller's to close.
   */
  readonly redis: string | Redis | Cluster
  /** What all keys begin with: letters, digits and `: . _ - /`. By default `consensus`. */
  readonly prefix?: string | undefined
  /** Milliseconds after which a route that was kept is read from the store again, whatever happened. By default an hour. */
  readonly ttlMs?: number | undefined
  /** Milliseconds a call waits for Redis at most, all in all, before the store answers it. By default 100. */
  readonly timeoutMs?: number | undefined
  /** Whether routes are kept in Redis, for all processes. With `false` Redis only carries invalidations. By default true. */
  readonly shared?: boolean | undefined
  /** What this process keeps in its own memory; `false` for nothing. */
  readonly near?: false | NearOptions | undefined
}

/** How much of the process's memory routes may take, and for how long one that was deleted may be found. */
export interface NearOptions {
  /** Routes at most; the ones found least recently go first. By default 10000. */
  readonly entries?: number | undefined
  /**
   * Milliseconds after which a route deleted by another process is not found here any more, even if the network swallows
   * the invalidation without a trace. At least 40, by default 2000; a quarter of it is how often the server is asked.
   */
  readonly staleMs?: number | undefined
}

export interface CheckedOptions {
  readonly redis: string | Redis | Cluster
  readonly prefix: string
  readonly ttlMs: number
  readonly timeoutMs: number
  readonly shared: boolean
  readonly near: Required<{ [K in keyof NearOptions]: number }> | undefined
}

const DAY_MS = 86_400_000

/** INVALID, naming the option, when one is not what it should be. No message repeats the URL: it may hold a password. */
export function checkOptions(options: RoutingCacheOptions): CheckedOptions {
  const {
    redis,
    prefix = 'consensus',
    ttlMs = 3_600_000,
    timeoutMs = 100,
    shared = true,
    near = {},
  } = checkObject(options, 'options')

  const checked = {
    redis: typeof redis === 'string' ? checkUrl(redis) : checkClient(redis),
    prefix: checkPrefix(prefix),
    ttlMs: count(ttlMs, 'ttlMs', 1, 365 * DAY_MS),
    timeoutMs: count(timeoutMs, 'timeoutMs', 1, 60_000),
    shared: flag(shared, 'shared'),
    near: near === false ? undefined : checkNear(near),
  }
  if (!checked.shared && !checked.near)
    throw invalid('near', 'must not be false where shared is: nothing would be cached')
  return checked
}

function checkNear(near: NearOptions) {
  const { entries = 10_000, staleMs = 2_000 } = checkObject(near, 'near')
  return {
    entries: count(entries, 'near.entries', 1, 10_000_000),
    staleMs: count(staleMs, 'near.staleMs', 40, DAY_MS),
  }
}

/** Characters that mean something in a glob, a hash tag or a protocol have no place in front of every key. */
function checkPrefix(prefix: string): string {
  if (!/^[\w:./-]{1,128}$/.test(text(prefix, 'prefix'))) {
    throw invalid('prefix', 'must be 1–128 letters, digits and : . _ - /')
  }
  return prefix
}

function checkUrl(url: string): string {
  if (!URL.canParse(url))
    throw invalid('redis', 'must be a URL, as in redis://host:6379/0, or a client of ioredis')
  const { protocol, pathname, hostname } = new URL(url)
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    throw invalid('redis', `must begin with redis:// or rediss://, not ${protocol}//`)
  }
  if (hostname === '') throw invalid('redis', 'must name a host')
  if (!/^\/?\d*$/.test(pathname))
    throw invalid('redis', 'must end with the number of a database, as in redis://host:6379/0')
  return url
}
