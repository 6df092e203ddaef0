/**
 * Routes whose runs were deleted, until Redis has acknowledged that they are gone there too; and again when it may have
 * gone back behind what it acknowledged: a replica that lagged became the master, or a server came back with an old snapshot.
 */
export interface Deletions {
  readonly pending: number
  /** Whether an agent's route may still be in Redis though it is gone from the store. */
  has(agentId: string): boolean
  /** Removes routes, and resolves when Redis acknowledged it, or did not in time: then it is tried again. */
  remove(agentIds: readonly string[]): Promise<void>
  /** Tries again. Never rejects. */
  retry(): Promise<void>
  /** What answers from now on may not have heard of what was acknowledged. */
  doubt(): void
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
/** Acknowledged deletions that are remembered, the latest ones: some 10 MB of them. */
const MOST_REMEMBERED = 50_000

export function deletions({ removeShared, forgetNear, outlivedMs }: DeletionsOptions): Deletions {
  /** By agent, the latest deletion, and when Redis will have forgotten by itself. */
  const condemned = new Map<string, Deletion>()
  /** The same of those that Redis acknowledged, oldest first. */
  const acknowledged = new Map<string, Deletion>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  async function attempt(agentIds: readonly string[]): Promise<void> {
    for (let i = 0; i < agentIds.length; i += BATCH) {
      const batch = agentIds.slice(i, i + BATCH)
      // An agent may be deleted again meanwhile, of which this attempt's answer says nothing.
      const before = batch.map((agentId) => condemned.get(agentId))
      if (!(await removeShared(batch))) break
      for (const [j, agentId] of batch.entries()) {
        const deletion = before[j]
        if (!deletion || condemned.get(agentId) !== deletion) continue
        condemned.delete(agentId)
        remember(agentId, deletion)
      }
    }
    retryLater()
  }

  function remember(agentId: string, deletion: Deletion): void {
    acknowledged.delete(agentId)
    acknowledged.set(agentId, deletion)
    if (acknowledged.size > MOST_REMEMBERED) acknowledged.delete(acknowledged.keys().next().value!)
  }

  function retryLater(): void {
    if (condemned.size > 0 && !closed) timer ??= setTimeout(retry, RETRY_MS).unref()
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
    doubt() {
      for (const [agentId, deletion] of acknowledged)
        if (!condemned.has(agentId)) condemned.set(agentId, deletion)
      acknowledged.clear()
      retryLater()
    },
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

interface Deletion {
  /** When Redis will have forgotten the route by itself. */
  readonly until: number
}
