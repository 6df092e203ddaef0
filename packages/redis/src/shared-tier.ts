import type { Route } from '@consensus-store/core'
import { burst, type Command } from './burst.ts'
import { type Client, isCluster } from './client.ts'
import { isSyntaxError, isWrongType } from './complaint.ts'
import { decodeEntry, encodeEntry, isLease, newLease, seedOf } from './entry.ts'
import { fill } from './fill-script.ts'
import type { Keys } from './keys.ts'
import type { Link } from './link.ts'
import type { Tally } from './stats.ts'

/** The routes all processes keep in Redis. Nothing here rejects: what Redis does not do is left undone, and counted. */
export interface SharedTier {
  /** What Redis has for each of the agents; `undefined` when it did not say. */
  read(agentIds: readonly string[], withinMs: number): Promise<Reading | undefined>
  /** The same for one, without changing anything. */
  peek(agentId: string): Promise<Found | undefined>
  /** The right to put routes in their places, for those it could be had for. */
  lease(vacancies: readonly Vacancy[], withinMs: number): Promise<Lease | undefined>
  /** Puts the leased ones among the routes in their places, unless something happened there since, and gives the others back. */
  fill(lease: Lease, routes: ReadonlyMap<string, Route>): Promise<void>
  /** Removes routes and leases, and has all processes hear of it. Resolves with whether Redis acknowledged that. */
  remove(agentIds: readonly string[]): Promise<boolean>
}

export interface Reading {
  /** In the order of the agents. */
  readonly found: readonly Found[]
  /** The right to put the route of a single agent in its place, when there was nothing and it could be had with the answer. */
  readonly lease: Lease | undefined
}

/** A route; or nothing, or a value that is no entry, which may both be replaced; or somebody's lease. */
export type Found = Route | 'nothing' | 'foreign' | 'leased'

export interface Vacancy {
  readonly agentId: string
  readonly found: 'nothing' | 'foreign'
}

export interface Lease {
  readonly token: string
  readonly agentIds: readonly string[]
}

export interface SharedTierOptions {
  readonly link: Link
  readonly keys: Keys
  readonly identity: string
  readonly entryMs: number
  readonly timeoutMs: number
  readonly tally: Tally
}

/** As long as a reader may take to read the store. What it reads later than that is not kept. */
export const LEASE_MS = 5_000

/** Stands for a value that is no string, and is no entry either. */
const OF_ANOTHER_TYPE = 'of another type'

/** Written to a key that is to be deleted, so that there is something to be heard of even where nothing was kept. */
const TOMBSTONE = ''
const TOMBSTONE_MS = 1_000

export function sharedTier(options: SharedTierOptions): SharedTier {
  const { link, keys, identity, entryMs, timeoutMs, tally } = options

  const seed = seedOf(identity)
  let claims = true
  /** As the lookup of a single route before this one ended. To claim what is there already costs more than to read it. */
  let expectsNothing = true

  const found = (text: string | null, agentId: string): Found => {
    if (text === null) return 'nothing'
    if (isLease(text)) return 'leased'
    const route = decodeEntry(text, agentId, seed)
    if (!route) tally.foreign += 1
    return route ?? 'foreign'
  }

  /** Reads, and leases what is not there, by one command. It changes nothing where there is a value. */
  async function claim(agentId: string, withinMs: number): Promise<Reading | undefined> {
    const token = newLease()
    const text = await link.ask('read', withinMs, async (client) => {
      try {
        return await client.set(keys.route(agentId), token, 'PX', LEASE_MS, 'NX', 'GET')
      } catch (error) {
        if (isWrongType(error)) return OF_ANOTHER_TYPE
        if (!isSyntaxError(error)) throw error
        // Redis before 7 does not have these words together.
        claims = false
        return readOne(client, keys.route(agentId))
      }
    })
    if (text === undefined) return undefined
    expectsNothing = text === null
    const lease = text === null && claims ? { token, agentIds: [agentId] } : undefined
    return { found: [found(text, agentId)], lease }
  }

  return {
    async read(agentIds, withinMs) {
      const single = agentIds.length === 1
      if (single && claims && expectsNothing && link.writable) return claim(agentIds[0]!, withinMs)
      const texts = await link.ask('read', withinMs, (client) => readAll(client, agentIds.map(keys.route)))
      if (single && texts) expectsNothing = texts[0] === null
      return texts && { found: texts.map((text, i) => found(text, agentIds[i]!)), lease: undefined }
    },

    async peek(agentId) {
      const text = await link.ask('read', timeoutMs, (client) => readOne(client, keys.route(agentId)))
      return text === undefined ? undefined : found(text, agentId)
    },

    async lease(vacancies, withinMs) {
      if (!link.writable) return undefined
      const token = newLease()
      const commands = vacancies.map(({ agentId, found }): Command => {
        const set = ['set', keys.route(agentId), token, 'PX', LEASE_MS] as const
        return found === 'nothing' ? [...set, 'NX'] : set
      })
      const answers = await link.ask('write', withinMs, (client) => burst(client, commands))
      if (!answers) return undefined
      for (const answer of answers) if (answer.status === 'rejected') link.heed(answer.reason)
      const leased = (i: number) => answers[i]?.status === 'fulfilled' && answers[i].value === 'OK'
      return { token, agentIds: vacancies.flatMap(({ agentId }, i) => (leased(i) ? agentId : [])) }
    },

    async fill({ token, agentIds }, routes) {
      if (agentIds.length === 0) return
      const entries = agentIds.map((agentId) => {
        const route = routes.get(agentId)
        return route ? encodeEntry(route, seed) : ''
      })
      const wanted = entries.filter(Boolean).length
      const filled = await link.ask('write', timeoutMs, (client) =>
        fillAll(client, agentIds.map(keys.route), token, entryMs, entries),
      )
      if (filled === undefined) return
      tally.fills += filled
      tally.refusedFills += wanted - filled
    },

    async remove(agentIds) {
      const removed = await link.ask('write', timeoutMs, (client) =>
        removeAll(client, agentIds.map(keys.route)),
      )
      if (!removed) return false
      tally.invalidations += agentIds.length
      return true
    },
  }
}

/** On a Cluster the keys live apart; elsewhere one command reads them all, as of one moment. */
async function readAll(client: Client, keys: readonly string[]): Promise<(string | null)[]> {
  if (keys.length === 1) return [await readOne(client, keys[0]!)]
  return isCluster(client) ? Promise.all(keys.map((key) => readOne(client, key))) : client.mget([...keys])
}

async function readOne(client: Client, key: string): Promise<string | null> {
  try {
    return await client.get(key)
  } catch (error) {
    if (isWrongType(error)) return OF_ANOTHER_TYPE
    throw error
  }
}

async function fillAll(
  client: Client,
  keys: readonly string[],
  token: string,
  entryMs: number,
  entries: readonly string[],
): Promise<number> {
  if (!isCluster(client)) return fill(client, keys, token, entryMs, entries)
  const filled = await Promise.all(keys.map((key, i) => fill(client, [key], token, entryMs, [entries[i]!])))
  return filled.reduce((sum, count) => sum + count, 0)
}

/** Rejects unless every key was removed. That a tombstone cannot be written, for want of memory, is nobody's harm. */
async function removeAll(client: Client, keys: readonly string[]): Promise<true> {
  const tombstones = keys.map((key): Command => ['set', key, TOMBSTONE, 'PX', TOMBSTONE_MS])
  const removals: Command[] = isCluster(client) ? keys.map((key) => ['del', key]) : [['del', ...keys]]
  const answers = await burst(client, [...tombstones, ...removals])
  const failed = answers.slice(keys.length).find((answer) => answer.status === 'rejected')
  if (failed) throw failed.reason
  return true
}
