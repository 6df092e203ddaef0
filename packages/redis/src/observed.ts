import type { Nouns } from '@consensus-store/core'

/** What one attempt at a transaction did that matters to a cache once it is committed. */
export interface Attempt {
  /** Agents whose routes went with the runs it deleted. */
  readonly agentIds: string[]
  /** Whether its callback was done: one that threw was undone. */
  done: boolean
}

export const newAttempt = (): Attempt => ({ agentIds: [], done: false })

/** The same nouns, whose deletions are noted. Lookups go past the cache, and are counted by `bypassed`. */
export const observed = (tx: Nouns, { agentIds }: Attempt, bypassed: (routes: number) => void): Nouns => ({
  ...tx,
  runs: {
    ...tx.runs,
    async delete(id) {
      const gone = await tx.runs.delete(id)
      if (gone) agentIds.push(...gone.agentIds)
      return gone
    },
  },
  routes: {
    find(agentId) {
      bypassed(1)
      return tx.routes.find(agentId)
    },
    findMany(ids) {
      bypassed(Array.isArray(ids) ? ids.length : 0)
      return tx.routes.findMany(ids)
    },
  },
})
