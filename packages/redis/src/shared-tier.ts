import type { Route } from '@consensus-store/core'
import { burst, type Command } from './burst.ts'
import { type Client, isCluster } from './client.ts'
import { isWrongType } from './complaint.ts'
import { decodeEntry, encodeEntry, isLease, newLease } from './entry.ts'
import { fill } from './fill-script.ts'
import type { Keys } from './keys.ts'
import type { Link } from './link.ts'
import type { Tally } from './stats.ts'

/** The routes all processes keep in Redis. Nothing here rejects: what Redis does not do is left undone, and counted. */
export interface SharedTier {
  /** What Redis has for each of the agents, in their order; `undefined` when it did not say. */
  read(agentIds: readonly string[], withinMs: number): Promise<readonly Found[] | undefined>
  /** The right to put routes in their places, for those it could be had for. */
  lease(vacancies: readonly Vacancy[], withinMs: number): Promise<Lease | undefined>
  /** Puts the leased ones among the routes in their places, unless something happened there since, and gives the others back. */
  fill(lease: Lease, routes: ReadonlyMap<string, Route>): Promise<void>
  /** Removes routes and leases, and has all processes hear of it. Resolves with whether Redis acknowledged that. */
  remove(agentIds: readonly string[]): Promise<boolean>
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

/** Written to a key that is to be deleted, so that there is something to be heard of even where nothing was kept. */
const TOMBSTONE = ''
const TOMBSTONE_MS = 1_000

export function sharedTier(options: SharedTierOptions): SharedTier {
  const { link, keys, identity, entryMs, timeoutMs, tally } = options

  const found = (text: string | null, agentId: string): Found => {
    if (text === null) return 'nothing'
    if (isLease(text)) return 'leased'
    const route = decodeEntry(text, agentId, identity)
    if (!route) tally.foreign += 1
    return route ?? 'foreign'
  }

  return {
    async read(agentIds, withinMs) {
      const texts = await link.ask('read', withinMs, (client) => readAll(client, agentIds.map(keys.route)))
      return texts?.map((text, i) => found(text, agentIds[i]!))
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
        return route ? encodeEntry(route, identity) : ''
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
  if (keys.length > 1 && !isCluster(client)) return client.mget([...keys])
  return Promise.all(
    keys.map((key) =>
      client.get(key).catch((error) => {
        if (isWrongType(error)) return 'of another type'
        throw error
      }),
    ),
  )
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
