import { describe, expect, test } from 'vitest'
import { type HeldRun, type Holdings, oldestFirst, retentionOver, StoreError } from '../src/index.ts'

const TODAY = new Date('2027-03-01T12:00:00.000Z')
const env = { now: () => TODAY, newId: () => 'new' }
const daysAgo = (days: number) => new Date(TODAY.getTime() - days * 86_400_000)

const aRun = (id: string, ended: number, facts: Partial<HeldRun> = {}): HeldRun => ({
  id,
  specId: 'SPEC-1',
  stage: 'plan',
  labels: {},
  pinned: false,
  status: 'concluded',
  startedAt: daysAgo(ended + 1),
  endedAt: daysAgo(ended),
  inFlight: false,
  archived: false,
  bytes: 10,
  lastSequence: 4,
  version: id,
  newer: 0,
  ...facts,
})

interface Held extends Holdings {
  /** Ids in the order in which they were deleted. */
  readonly deleted: string[]
  /** How many runs were ever read and not yet given back by who asked. */
  readonly reads: number[]
}

/** Runs of which nothing is known but this, and that can only be deleted. */
function holding(runs: readonly HeldRun[], changes: Partial<Holdings> = {}): Held {
  const left = [...runs].sort(oldestFirst)
  const deleted: string[] = []
  const reads: number[] = []
  const never = () => Promise.reject(new Error('nothing is archived here'))
  return {
    deleted,
    reads,
    depot: { kept: never, read: never, list: never, put: never, putBack: never, ownerOf: never },
    async runsAfter(key, limit) {
      const page = left.filter((run) => !key || oldestFirst(key, run) < 0).slice(0, limit)
      reads.push(deleted.length)
      return page
    },
    run: async (id) => left.find((run) => run.id === id),
    newestAt: async () => TODAY,
    async *delete(due) {
      for (const { id } of due) {
        left.splice(
          left.findIndex((run) => run.id === id),
          1,
        )
        deleted.push(id)
        yield [{ id, agentIds: [] }]
      }
    },
    ...changes,
  }
}

describe('retention', () => {
  test('takes the last run of a budget last, so that who is stopped before still finds it needed', async () => {
    // By their start, `large` comes first; by their end, last.
    const runs = [
      aRun('large', 10, { bytes: 1_000, startedAt: daysAgo(80) }),
      aRun('a', 20),
      aRun('b', 15),
      aRun('kept', 5, { bytes: 100 }),
    ]
    const policy = { archiveAfterDays: 'never', maxBytes: 600 } as const
    const holdings = holding(runs)
    const stopping = new AbortController()
    const options = { signal: stopping.signal, progress: () => stopping.abort() }
    await expect(retentionOver(holdings, env).apply(policy, options)).rejects.toThrow()
    expect(holdings.deleted).toEqual(['a'])

    await retentionOver(holdings, env).apply(policy)
    expect(holdings.deleted).toEqual(['a', 'b', 'large'])
  })

  test('reads no more than a page ahead of what it has done', async () => {
    const runs = Array.from({ length: 2_000 }, (_, i) =>
      aRun(`r${i}`, 400, { startedAt: daysAgo(3_000 - i) }),
    )
    const holdings = holding(runs)
    const { deleted } = await retentionOver(holdings, env).apply({ archiveAfterDays: 'never' })

    expect(deleted.runs).toBe(2_000)
    expect(holdings.reads).toEqual([0, ...Array.from({ length: 10 }, (_, i) => i * 200)])
  })

  test('gives everybody a turn before each page that it looks at, and hears there who aborts', async () => {
    const runs = Array.from({ length: 2_000 }, (_, i) => aRun(`r${i}`, 1, { startedAt: daysAgo(3_000 - i) }))
    for (const policy of [{}, { maxBytes: 1 }]) {
      for (const call of ['plan', 'apply'] as const) {
        const holdings = holding(runs)
        const stopping = new AbortController()
        setImmediate(() => stopping.abort('enough'))
        const retention = retentionOver(holdings, env)
        await expect(retention[call](policy, { signal: stopping.signal })).rejects.toBe('enough')
        expect(holdings.reads.length).toBeLessThan(3)
      }
    }
  })

  test('counts newer runs as far as any rule keeps them, and not at all when none does', async () => {
    const asked: number[] = []
    const holdings = holding([aRun('r', 1)])
    const counting: Holdings = {
      ...holdings,
      runsAfter(key, limit, countNewer) {
        asked.push(countNewer)
        return holdings.runsAfter(key, limit, countNewer)
      },
    }
    const { plan } = retentionOver(counting, env)
    await plan()
    await plan({ keepLatest: 2, overrides: [{ stage: 'plan', keepLatest: 7 }] })

    expect(asked).toEqual([0, 7])
  })

  test('finds where a budget is met, in whichever hour that is', async () => {
    const runs = Array.from({ length: 100 }, (_, i) =>
      aRun(`r${i}`, 0, { endedAt: hoursAgo(i / 3), newer: i }),
    )
    const { plan } = retentionOver(holding(runs), env)
    for (const maxBytes of [1_000, 999, 990, 989, 505, 14, 9, 0]) {
      const { archive, decisions } = await plan({ maxBytes })
      expect(archive.runs, `${maxBytes}`).toBe(Math.ceil((1_000 - maxBytes) / 10))
      const taken = decisions.filter(({ why }) => why === 'budget').map(({ endedAt }) => endedAt!.getTime())
      const kept = decisions.filter(({ why }) => why === 'young').map(({ endedAt }) => endedAt!.getTime())
      expect(Math.max(...taken, 0)).toBeLessThan(Math.min(...kept, Number.POSITIVE_INFINITY))
    }
  })

  test('rejects with what reading, deleting or a listener rejects with', async () => {
    const full = new StoreError('FULL', 'no room')
    const fails = () => Promise.reject(full)
    const apply = (changes: Partial<Holdings>, options = {}) =>
      retentionOver(holding([aRun('r', 400)], changes), env).apply({ archiveAfterDays: 'never' }, options)

    await expect(apply({ runsAfter: fails })).rejects.toBe(full)
    await expect(apply({ newestAt: fails })).rejects.toBe(full)
    await expect(
      apply({
        // biome-ignore lint/correctness/useYield: it fails before there is anything to give
        async *delete() {
          throw full
        },
      }),
    ).rejects.toBe(full)
    const complaining = () => {
      throw full
    }
    await expect(apply({}, { progress: complaining })).rejects.toBe(full)
  })
})

const hoursAgo = (hours: number) => new Date(TODAY.getTime() - hours * 3_600_000)
