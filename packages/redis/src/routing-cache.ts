import {
  type Archives,
  agentIds,
  type ConsensusStore,
  gate,
  type HealthOptions,
  type Nouns,
  name,
  type Retention,
  type Route,
} from '@consensus-store/core'
import { deletions } from './deletions.ts'
import { copyRoute } from './entry.ts'
import { type Explanation, explain } from './explain.ts'
import { withCache } from './findings.ts'
import { keys, probes as probesOf } from './keys.ts'
import { link as linkTo } from './link.ts'
import { lookups } from './lookups.ts'
import { nearTier } from './near-tier.ts'
import { newAttempt, observed } from './observed.ts'
import { checkOptions, type RoutingCacheOptions } from './options.ts'
import { LEASE_MS, type SharedTier, sharedTier } from './shared-tier.ts'
import { type CacheStats, newTally } from './stats.ts'
import { nearStep, redisStep, storeStep } from './tiers.ts'
import { type Tracking, tracking } from './tracking.ts'

/** A store with a routing cache in front of it. */
export interface RoutingCachedStore extends ConsensusStore {
  /** How often the cache helped, and how it is doing. */
  cacheStats(): CacheStats
  /** Looks a route up as `routes.find` would, changes nothing, and says who was asked and how long each took. */
  explain(agentId: string): Promise<Explanation>
}

/**
 * The same store with a cache for `routes.find` and `routes.findMany`: every answer is what the store would say, and the
 * cache only saves time. Whatever is wrong with Redis shows in `health()` and `cacheStats()`, and rejects nothing. INVALID
 * when an option is not what it should be; whether Redis is there is not waited for.
 */
export function withRoutingCache(store: ConsensusStore, options: RoutingCacheOptions): RoutingCachedStore {
  const { redis, prefix, ttlMs, timeoutMs, shared, near: nearOptions } = checkOptions(options)
  const { refusal, inside, shut } = gate(store.name)
  const tally = newTally()
  const underWay = new Set<Promise<unknown>>()

  // The last one to read an entry may keep it for its time after that, and both together are never more than `ttlMs`.
  const nearMs = Math.min(ttlMs / 2, MOST_NEAR_MS)
  const near = nearOptions && nearTier({ entries: nearOptions.entries, entryMs: nearMs })
  const probes = probesOf(prefix)
  let tier: SharedTier | undefined
  let tracked: Tracking | undefined
  let closing: Promise<void> | undefined

  const link = linkTo({
    redis,
    timeoutMs,
    probeKey: `${probes}0`,
    tally,
    up() {
      tracked?.up()
      void deleted.retry()
    },
    lost() {
      tracked?.lost()
      deleted.doubt()
    },
    moved() {
      deleted.doubt()
      void deleted.retry()
    },
  })

  /** Made when the store has said who it is; asked again whenever it could not. */
  let making: Promise<SharedTier | undefined> | undefined
  function identified(): SharedTier | undefined | Promise<SharedTier | undefined> {
    if (tier) return tier
    making ??= make().finally(() => {
      making = undefined
    })
    return making
  }
  async function make(): Promise<SharedTier | undefined> {
    try {
      const identity = await store.identity()
      if (closing) return undefined
      const layout = keys(prefix, identity)
      const entryMs = Math.max(1, Math.ceil(ttlMs - (near ? nearMs : 0)))
      tier = sharedTier({ link, keys: layout, identity, entryMs, timeoutMs, tally })
      if (near) tracked = tracking({ link, keys: layout, probes, near, staleMs: nearOptions.staleMs, tally })
      return tier
    } catch {
      return undefined
    }
  }

  const deleted = deletions({
    removeShared: async (agentIds) => (await identified())?.remove(agentIds) ?? false,
    forgetNear: (agentId) => near?.forget(agentId),
    outlivedMs: ttlMs + LEASE_MS,
  })

  const asked = lookups({
    routes: store.routes,
    near,
    shared: () => {
      const known = identified()
      return shared ? known : undefined
    },
    isDeleted: deleted.has,
    timeoutMs,
    tally,
  })

  function find(agentId: string): Promise<Route | undefined> {
    const refused = refusal('routes.find')
    if (refused) return Promise.reject(refused)
    const route = near?.get(agentId)
    if (route) {
      tally.nearHits += 1
      return Promise.resolve(copyRoute(route))
    }
    if (!link.readable) {
      bypassed(1)
      return store.routes.find(agentId)
    }
    try {
      return asked.find(name(agentId, 'agentId'))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async function findMany(ids: readonly string[]): Promise<ReadonlyMap<string, Route>> {
    const refused = refusal('routes.findMany')
    if (refused) throw refused
    const checked = agentIds(ids)
    const kept = allNear(checked)
    if (kept) {
      tally.nearHits += kept.size
      return kept
    }
    if (link.readable && checked.length > 0) return asked.findMany(checked)
    bypassed(checked.length)
    return store.routes.findMany(checked)
  }

  /** All or none: routes that went together are never told apart. */
  function allNear(ids: readonly string[]): Map<string, Route> | undefined {
    const kept = new Map<string, Route>()
    for (const agentId of ids) {
      const route = near?.get(agentId)
      if (!route) return undefined
      kept.set(agentId, copyRoute(route))
    }
    return kept
  }

  /** What closing waits for, besides what the store itself waits for. */
  function counted<T>(call: Promise<T>): Promise<T> {
    underWay.add(call)
    const done = () => void underWay.delete(call)
    call.then(done, done)
    return call
  }

  async function deleteRun(id: string) {
    const gone = await store.runs.delete(id)
    if (gone) await deleted.remove(gone.agentIds)
    return gone
  }

  async function archive(...args: Parameters<Archives['add']>) {
    const archived = await store.archives.add(...args)
    await deleted.remove(archived.agentIds)
    return archived
  }

  /** What was kept of a row that was damaged is no more right than the row was. */
  async function rebuild(...args: Parameters<ConsensusStore['rebuild']>) {
    const rebuilt = await store.rebuild(...args)
    if (rebuilt.agentIds.length > 0) await deleted.remove(rebuilt.agentIds)
    return rebuilt
  }

  /** What is no object or no function is the store's to refuse. */
  const applyRetention: Retention['apply'] = (policy, options = {}) => {
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      return store.retention.apply(policy, options)
    }
    const { gone } = options
    if (gone !== undefined && typeof gone !== 'function') return store.retention.apply(policy, options)
    const removed = async (agentIds: readonly string[]) => {
      await deleted.remove(agentIds)
      await gone?.(agentIds)
    }
    return store.retention.apply(policy, { ...options, gone: removed })
  }

  const bypassed = (routes: number) => {
    tally.bypasses += routes
  }

  async function transaction<T>(work: (tx: Nouns) => Promise<T>): Promise<T> {
    let attempt = newAttempt()
    const watched = (tx: Nouns) =>
      inside(async () => {
        attempt = newAttempt()
        const result = await work(observed(tx, attempt, bypassed))
        attempt.done = true
        return result
      })
    try {
      // What is no function is the store's to refuse; wrapped, it would look like one.
      return await store.transaction(typeof work === 'function' ? watched : work)
    } finally {
      // A commit that failed may have happened. What the callback undid by throwing has not.
      if (attempt.done && attempt.agentIds.length > 0) await deleted.remove(attempt.agentIds)
    }
  }

  const cacheStats = (): CacheStats => ({
    ...tally,
    condemned: deleted.pending,
    nearEntries: near?.size ?? 0,
    nearTrusted: near?.trusted ?? false,
    redisAsked: link.readable,
  })

  async function health(options?: HealthOptions) {
    const said = await store.health(options)
    const { condemned, nearEntries, nearTrusted, redisAsked } = cacheStats()
    return withCache(said, {
      where: link.where,
      trouble: link.trouble,
      nearRefusal: tracked?.refusal,
      condemned,
      details: { routingCache: link.where, redisAsked, nearTrusted, nearEntries },
    })
  }

  const steps = [
    ...(near ? [nearStep(near, () => tracked?.refusal)] : []),
    ...(shared
      ? [
          redisStep({
            shared: identified,
            trouble: () => link.trouble,
            readable: () => link.readable,
            isDeleted: deleted.has,
          }),
        ]
      : []),
    storeStep(store.routes),
  ]

  async function explainRoute(agentId: string): Promise<Explanation> {
    const refused = refusal('explain')
    if (refused) throw refused
    return explain(name(agentId, 'agentId'), steps)
  }

  /**
   * Whoever waits for Redis is answered by the store. What the store told it may still take: a process that looks up one route
   * and ends should leave it to the next, and no lease that keeps others from doing so.
   */
  async function closeAll(): Promise<void> {
    shut()
    asked.settle()
    await store.close()
    await Promise.allSettled(underWay)
    await asked.filled()
    if (deleted.pending > 0 && link.readable) await deleted.retry()
    deleted.close()
    tracked?.close()
    await link.close()
  }

  function close(): Promise<void> {
    const refused = refusal('close')
    if (refused) return Promise.reject(refused)
    closing ??= closeAll()
    return closing
  }

  void identified()
  return {
    ...store,
    runs: { ...store.runs, delete: (id) => counted(deleteRun(id)) },
    routes: { ...store.routes, find, findMany },
    transaction: (work) => counted(transaction(work)),
    retention: { ...store.retention, apply: (...args) => counted(applyRetention(...args)) },
    archives: { ...store.archives, add: (...args) => counted(archive(...args)) },
    rebuild: (...args) => counted(rebuild(...args)),
    health,
    close,
    [Symbol.asyncDispose]: close,
    cacheStats,
    explain: explainRoute,
  }
}

/** No route is kept in a process for longer without being read again. */
const MOST_NEAR_MS = 60_000
