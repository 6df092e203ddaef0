import { describe, expect, test } from 'vitest'
import type { RetentionPolicy } from '../src/index.ts'
import { type Effort, overdueRuns } from '../src/overdue.ts'
import type { AgedQuery, AgedRun } from '../src/vitals.ts'

const NOW = new Date('2027-03-01T12:00:00.000Z')
const DAY_MS = 86_400_000

/** Runs in a row, each a second after the one before, so many days ago. */
const inARow = (count: number, daysAgo: number, facts: Partial<AgedRun> = {}): AgedRun[] =>
  Array.from({ length: count }, (_, i) => {
    const startedAt = new Date(NOW.getTime() - daysAgo * DAY_MS + i * 1_000)
    return {
      id: `${daysAgo} ${String(i).padStart(6, '0')}`,
      specId: 'S',
      stage: 'plan',
      labels: {},
      pinned: false,
      status: 'abandoned',
      startedAt,
      endedAt: startedAt,
      inFlight: false,
      archived: false,
      newer: 0,
      ...facts,
    }
  })

/** Some runs, longest ago first, and how many of them were read. */
function tables(...rows: readonly AgedRun[][]) {
  const all = rows.flat()
  const read = { runs: 0 }
  const aged = async ({ archived, after, startedBefore, most }: AgedQuery) => {
    const isBehind = ({ startedAt, id }: AgedRun) =>
      !after ||
      startedAt > after.startedAt ||
      (startedAt.getTime() === after.startedAt.getTime() && id > after.id)
    const page = all
      .filter((run) => run.archived === archived && run.startedAt < startedBefore && isBehind(run))
      .slice(0, most)
    read.runs += page.length
    return page
  }
  const overdue = (policy?: RetentionPolicy, effort?: Effort) => overdueRuns({ aged }, NOW, policy, effort)
  return { overdue, read }
}

const kept: Readonly<Record<string, Partial<AgedRun>>> = {
  'that run': { status: 'running', endedAt: undefined },
  'that are waited for': { inFlight: true },
  'that are pinned': { pinned: true },
  'whose labels nobody can read': { labels: undefined },
}

describe('overdue runs', () => {
  test.each(Object.entries(kept))(
    'are found behind more runs %s than are looked at',
    async (_which, facts) => {
      const { overdue, read } = tables(inARow(12_000, 200, facts), inARow(2_000, 50))
      const found = await overdue()

      expect(found?.precision).toBe('at least')
      expect(found?.count).toBeGreaterThan(0)
      expect(found?.count).toBeLessThanOrEqual(2_000)
      expect(read.runs).toBeLessThanOrEqual(2_000)
    },
  )

  test('are not known when all that is worth looking at stays, and there is more', async () => {
    const pinned = { pinned: true }
    const { overdue } = tables(inARow(6_000, 200, pinned), inARow(1, 199.9), inARow(6_000, 199.8, pinned))

    expect(await overdue()).toBeUndefined()
  })

  test('are counted exactly also when they lie behind the oldest, if all are looked at', async () => {
    const some: Effort = { counted: 5, lookedAt: 60, together: 7 }
    const spread = [...Array(90).keys()].flatMap((i) => inARow(1, 100 - i * 0.75, { pinned: true }))

    expect(await tables(spread).overdue({}, some)).toEqual({ count: 0, precision: 'exact' })
    expect(await tables(spread, inARow(1, 31)).overdue({}, some)).toEqual({ count: 1, precision: 'exact' })
    expect(await tables(spread, inARow(9, 31)).overdue({}, some)).toMatchObject({ precision: 'at least' })
  })

  test.each([0, 1, 5, 6, 7, 8, 30])('are counted exactly or said to be more: %i of them', async (count) => {
    const few: Effort = { counted: 5, lookedAt: 20, together: 7 }
    const found = await tables(inARow(count, 40)).overdue({}, few)

    if (found?.precision === 'exact') expect(found.count).toBe(count)
    else {
      expect(found).toEqual({ count: 5, precision: 'at least' })
      expect(count).toBeGreaterThanOrEqual(5)
    }
  })

  test('are looked for among archived ones too, and neither hides the other', async () => {
    const { overdue } = tables(
      inARow(400, 95),
      inARow(3, 91, { archived: true }),
      inARow(1, 50, { archived: true }),
    )

    expect(await overdue()).toEqual({ count: 253, precision: 'at least' })
  })

  test('are looked for among fewer where many that are newer must be counted of each', async () => {
    const { overdue, read } = tables(inARow(12_000, 200, { newer: 100_000 }))

    expect(await overdue({ keepLatest: 100_000 })).toMatchObject({ precision: 'at least' })
    expect(read.runs).toBeLessThan(10)
  })
})
