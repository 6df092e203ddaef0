/** Routes whose runs were deleted, until Redis has acknowledged that they are gone there too. */
export interface Deletions {
  readonly pending: number
  /** Whether an agent's route may still be in Redis though it is gone from the store. */
  has(agentId: string): boolean
  /** Removes routes, and resolves when Redis acknowledged it, or did not in time: then it is tried again. */
  remove(agentIds: readonly string[]): Promise<void>
  /** Tries again. Never rejects. */
  retry(): Promise<void>
  close(): void
}

export interface DeletionsOptions {
  /** Resolves with whether Redis acknowledged that the routes are gone. Never rejects. */
  readonly removeShared: (agentIds: readonly string[]) => Promise<boolean>
  readonly forgetNear: (agentId: string) => void
  /** How long Redis may keep what was there when it could not be reached. */
  readonly outlivedMs: number
}

const RETRY_MS = 1_000
/** Routes one command removes at most: Redis does nothing else meanwhile. */
const BATCH = 1_000

export function deletions({ removeShared, forgetNear, outlivedMs }: DeletionsOptions): Deletions {
  /** By agent, the latest deletion, and when Redis will have forgotten by itself. */
  const condemned = new Map<string, { readonly until: number }>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  async function attempt(agentIds: readonly string[]): Promise<void> {
    for (let i = 0; i < agentIds.length; i += BATCH) {
      const batch = agentIds.slice(i, i + BATCH)
      // An agent may be deleted again meanwhile, of which this attempt's answer says nothing.
      const before = batch.map((agentId) => condemned.get(agentId))
      if (!(await removeShared(batch))) break
      for (const [j, agentId] of batch.entries()) {
        if (condemned.get(agentId) === before[j]) condemned.delete(agentId)
      }
    }
    if (condemned.size === 0 || closed) return
    timer ??= setTimeout(retry, RETRY_MS).unref()
  }

  async function retry(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const now = performance.now()
    for (const [agentId, { until }] of condemned) if (until <= now) condemned.delete(agentId)
    if (condemned.size > 0) await attempt([...condemned.keys()])
  }

  return {
    get pending() {
      return condemned.size
    },
    has: (agentId) => condemned.has(agentId),
    async remove(agentIds) {
      const until = performance.now() + outlivedMs
      for (const agentId of agentIds) {
        condemned.set(agentId, { until })
        forgetNear(agentId)
      }
      await attempt(agentIds)
    },
    retry,
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}
