import type { Route } from '@consensus-store/core'
import { LRUCache } from 'lru-cache'

/**
 * The routes this process keeps in its own memory. They are served only while they are trusted: while it is proven that an
 * invalidation of any of them would have been heard.
 */
export interface NearTier {
  readonly size: number
  readonly trusted: boolean
  /** The route kept for an agent, not to be handed on uncopied; `undefined` when there is none or none is trusted. */
  get(agentId: string): Route | undefined
  /** Begins to watch for invalidations before routes are read, so that none is kept that changed meanwhile; `undefined` when deaf. */
  watch(agentIds: ReadonlySet<string>): Watch | undefined
  forget(agentId: string): void
  /** All that was kept may have changed. */
  forgetAll(): void
  /** Every invalidation sent until so long before `until` has been heard. */
  trust(until: number): void
  /** Invalidations may be missed from now on. */
  distrust(): void
}

export interface Watch {
  /** Keeps a route that was read, unless its key changed, or that could not be heard, since the watch began. */
  keep(route: Route): void
  end(): void
}

export interface NearTierOptions {
  readonly entries: number
  /** How long a route is kept at most. */
  readonly entryMs: number
}

export function nearTier({ entries, entryMs }: NearTierOptions): NearTier {
  const kept = new LRUCache<string, { readonly route: Route; readonly until: number }>({ max: entries })
  const watches = new Set<OpenWatch>()
  let deaf = true
  let trustedUntil = 0

  const breakAll = () => {
    for (const watch of watches) watch.broken = true
    kept.clear()
  }

  return {
    get size() {
      return kept.size
    },

    get trusted() {
      return performance.now() < trustedUntil
    },

    get(agentId) {
      const now = performance.now()
      if (now >= trustedUntil) return undefined
      const entry = kept.get(agentId)
      return entry && now < entry.until ? entry.route : undefined
    },

    watch(agentIds) {
      if (deaf) return undefined
      const watch: OpenWatch = { agentIds, changed: new Set(), broken: false }
      watches.add(watch)
      return {
        keep(route) {
          if (watch.broken || watch.changed.has(route.agentId)) return
          kept.set(route.agentId, { route, until: performance.now() + entryMs })
        },
        end: () => void watches.delete(watch),
      }
    },

    forget(agentId) {
      kept.delete(agentId)
      for (const { agentIds, changed } of watches) if (agentIds.has(agentId)) changed.add(agentId)
    },

    forgetAll: breakAll,

    trust(until) {
      deaf = false
      trustedUntil = until
    },

    distrust() {
      deaf = true
      trustedUntil = 0
      breakAll()
    },
  }
}

interface OpenWatch {
  readonly agentIds: ReadonlySet<string>
  readonly changed: Set<string>
  broken: boolean
}
