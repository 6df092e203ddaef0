import { MAX_LIMIT, type Route, type Routes } from '@consensus-store/core'
import { copyRoute } from './entry.ts'
import type { NearTier, Watch } from './near-tier.ts'
import type { Lease, SharedTier, Vacancy } from './shared-tier.ts'
import type { Tally } from './stats.ts'

/** Looks routes up in Redis and, where that does not help, in the store. What is asked in one tick travels together. */
export interface Lookups {
  find(agentId: string): Promise<Route | undefined>
  /** As of one moment: all of them are from one command to Redis, or all from the store. */
  findMany(agentIds: readonly string[]): Promise<ReadonlyMap<string, Route>>
  /** Has the store answer at once what is still waiting for Redis. */
  settle(): void
  /** Resolves when Redis has what was read from the store, or has had its time to take it. */
  filled(): Promise<unknown>
}

export interface LookupsOptions {
  readonly routes: Routes
  /** Where routes are kept that Redis, or in its absence the store, gave. */
  readonly near: NearTier | undefined
  /** `undefined` without one, or while the store has not said who it is. */
  readonly shared: () => SharedTier | undefined | Promise<SharedTier | undefined>
  /** Whether Redis must not be asked about an agent. */
  readonly isDeleted: (agentId: string) => boolean
  readonly timeoutMs: number
  readonly tally: Tally
}

type Answers = ReadonlyMap<string, Route>

interface Request {
  readonly agentIds: readonly string[]
  readonly resolve: (answers: Answers) => void
  readonly reject: (error: unknown) => void
}

interface Batch {
  readonly agentIds: Set<string>
  /** Those that are not answered yet. */
  requests: Request[]
  /** Whether the store is answering them. */
  settled: boolean
}

/**
 * A route is put into Redis only under a lease that was granted before the store was read. A deletion removes leases with
 * entries, so nobody can put there what was read before it. And nobody joins a batch that has begun to read: it would be
 * shown the past.
 */
export function lookups({ routes, near, shared, isDeleted, timeoutMs, tally }: LookupsOptions): Lookups {
  const waiting = new Set<Batch>()
  const filling = new Set<Promise<void>>()
  let gathering: Batch | undefined

  function ask(agentIds: readonly string[]): Promise<Answers> {
    return new Promise((resolve, reject) => {
      const batch = batchFor(agentIds.length)
      for (const agentId of agentIds) batch.agentIds.add(agentId)
      batch.requests.push({ agentIds, resolve, reject })
    })
  }

  /** The batch of this tick, or another when the store could not take so many at a time. */
  function batchFor(count: number): Batch {
    if (gathering && gathering.agentIds.size + count <= MAX_LIMIT) return gathering
    const batch: Batch = { agentIds: new Set(), requests: [], settled: false }
    gathering = batch
    waiting.add(batch)
    process.nextTick(() => {
      if (gathering === batch) gathering = undefined
      void answer(batch)
    })
    return batch
  }

  async function answer(batch: Batch): Promise<void> {
    const known = shared()
    // Every turn that is not waited for counts where one caller asks one thing after the other.
    const tier = known instanceof Promise ? await known : known
    if (batch.settled) return
    const watch = near?.watch(batch.agentIds)
    if (tier) await fromRedis(batch, tier, watch)
    else {
      tally.misses += batch.agentIds.size
      const answers = await fromStore(batch)
      for (const route of answers.values()) watch?.keep(route)
    }
    watch?.end()
  }

  async function fromRedis(batch: Batch, tier: SharedTier, watch: Watch | undefined): Promise<void> {
    const deadline = performance.now() + timeoutMs
    const asked = [...batch.agentIds].filter((agentId) => !isDeleted(agentId))
    const reading = asked.length > 0 ? await tier.read(asked, timeoutMs) : undefined
    if (batch.settled) {
      if (reading?.lease) fill(tier, reading.lease, new Map())
      return
    }
    if (!reading) {
      tally.bypasses += batch.agentIds.size
      await fromStore(batch)
      return
    }
    tally.bypasses += batch.agentIds.size - asked.length
    const found = new Map<string, Route>()
    const vacancies: Vacancy[] = []
    for (const [i, agentId] of asked.entries()) {
      const value = reading.found[i]!
      // This process may have deleted it since Redis was asked.
      if (value === 'leased' || isDeleted(agentId)) continue
      if (value === 'nothing' || value === 'foreign') vacancies.push({ agentId, found: value })
      else found.set(agentId, value)
    }
    for (const route of found.values()) watch?.keep(route)
    tally.redisHits += found.size
    tally.misses += asked.length - found.size
    resolveFound(batch, found)
    if (batch.requests.length === 0) return
    const lease = reading.lease ?? (await leaseOf(tier, vacancies, deadline - performance.now()))
    const answers = batch.settled ? new Map() : await fromStore(batch)
    if (lease) fill(tier, lease, answers)
  }

  const leaseOf = async (tier: SharedTier, vacancies: readonly Vacancy[], withinMs: number) =>
    vacancies.length > 0 && withinMs > 0 ? tier.lease(vacancies, withinMs) : undefined

  /** Nobody waits for it but who closes the store. */
  function fill(tier: SharedTier, lease: Lease, answers: Answers): void {
    const filled = tier.fill(lease, withoutDeleted(answers))
    filling.add(filled)
    void filled.then(() => filling.delete(filled))
  }

  function resolveFound(batch: Batch, found: Answers): void {
    batch.requests = batch.requests.filter(({ agentIds, resolve }) => {
      if (!agentIds.every((agentId) => found.has(agentId))) return true
      resolve(found)
      return false
    })
    if (batch.requests.length === 0) waiting.delete(batch)
  }

  /** Reads all that the batch has not answered, and gives it; nothing when the store failed. */
  async function fromStore(batch: Batch): Promise<Answers> {
    const { requests } = batch
    batch.settled = true
    waiting.delete(batch)
    try {
      const answers = await readStore(new Set(requests.flatMap(({ agentIds }) => agentIds)))
      for (const { resolve } of requests) resolve(answers)
      return answers
    } catch (error) {
      for (const { reject } of requests) reject(error)
      return new Map()
    }
  }

  async function readStore(agentIds: ReadonlySet<string>): Promise<Answers> {
    if (agentIds.size !== 1) return routes.findMany([...agentIds])
    const [agentId] = agentIds as ReadonlySet<string> & Iterable<string>
    const route = await routes.find(agentId!)
    return new Map(route && [[agentId!, route]])
  }

  const withoutDeleted = (answers: Answers): Answers =>
    new Map([...answers].filter(([agentId]) => !isDeleted(agentId)))

  return {
    find: (agentId) =>
      ask([agentId]).then((answers) => {
        const route = answers.get(agentId)
        return route && copyRoute(route)
      }),

    async findMany(agentIds) {
      const answers = await ask(agentIds)
      return new Map(
        agentIds.flatMap((agentId) => {
          const route = answers.get(agentId)
          return route ? [[agentId, copyRoute(route)]] : []
        }),
      )
    },

    settle() {
      for (const batch of waiting) void fromStore(batch)
    },

    filled: () => Promise.all(filling),
  }
}
