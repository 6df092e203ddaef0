import { randomBytes } from 'node:crypto'

/**
 * The layout of everything the cache keeps in Redis.
 *
 *     <prefix>:route:1:<identity of the store>:<agent id>    an entry or a lease, see entry.ts
 *     <prefix>:probe:<random>:<number>                       of one process, for a second
 *
 * Nothing but an agent id can bring in a hash tag, so a Cluster spreads the keys. The number is the entry's version: code that
 * knows another one looks elsewhere.
 */
export interface Keys {
  /** What the keys of all routes of this store begin with, and those of no other. */
  readonly routes: string
  route(agentId: string): string
  /** The agent a key is for; `undefined` when it is none of this store's. */
  agentId(key: string): string | undefined
}

const VERSION = 1

export function keys(prefix: string, identity: string): Keys {
  // An identity with a colon in it must not look like another one and an agent id.
  const routes = `${prefix}:route:${VERSION}:${encodeURIComponent(identity)}:`
  return {
    routes,
    route: (agentId) => routes + agentId,
    agentId: (key) => (key.startsWith(routes) ? key.slice(routes.length) : undefined),
  }
}

/** What keys of this process begin with that are written to see whether Redis takes writes, and whether they are heard of. */
export const probes = (prefix: string): string => `${prefix}:probe:${randomBytes(12).toString('base64url')}:`
