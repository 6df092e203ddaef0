import { expect } from 'vitest'
import { anAgent, aRun } from '../fixtures.ts'
import { DAY_MS, daysAgo, saidOf, TODAY } from '../old-runs.ts'
import type { It } from '../store-test.ts'

const LONG_AGO = daysAgo(3_000)

/** That a clock which stood wrong for a while takes no run early. */
export function retentionClocks(it: It): void {
  it('counts ages from the start of a run at least, when the clock had jumped back by its end', async ({
    store,
    clock,
  }) => {
    for (const id of ['abandoned', 'archived', 'archived, abandoned', 'concluded']) {
      clock.set(daysAgo(10))
      await aRun(store, { id })
      await anAgent(store, { runId: id, agentId: id })
      clock.set(LONG_AGO)
      await store.executions.complete(id, { response: '0123456789' })
      if (id.endsWith('abandoned')) await store.runs.abandon(id)
      else await store.runs.conclude(id, { verdict: 'unanimous' })
    }
    clock.set(TODAY)
    for (const id of ['archived', 'archived, abandoned']) await store.archives.add(id)

    const { decisions } = await store.retention.plan()
    for (const decision of decisions)
      expect(decision).toMatchObject({ action: 'keep', why: 'young', endedAt: daysAgo(10) })
    expect(await store.retention.apply()).toMatchObject({ archived: { runs: 0 }, deleted: { runs: 0 } })
    expect((await store.verify()).differences).toEqual([])
    const saidAfter = async (days: number, ms = 0) => {
      clock.set(new Date(daysAgo(10).getTime() + days * DAY_MS + ms))
      return saidOf(await store.retention.plan())
    }
    expect(await saidAfter(30, -1)).toMatchObject({ abandoned: 'keep: young', concluded: 'keep: young' })
    expect(await saidAfter(30)).toMatchObject({ abandoned: 'archive: age', concluded: 'archive: age' })
    expect(await saidAfter(90, -1)).toMatchObject({
      archived: 'keep: young',
      'archived, abandoned': 'keep: young',
    })
    expect(await saidAfter(90)).toMatchObject({
      archived: 'delete: age',
      'archived, abandoned': 'delete: age',
    })
  })

  it('gives up no run before others because the clock had jumped back by its end', async ({
    store,
    clock,
  }) => {
    for (const [id, began, ended] of [
      ['younger', 10, 3_000],
      ['older', 20, 20],
    ] as const) {
      clock.set(daysAgo(began))
      await aRun(store, { id })
      await anAgent(store, { runId: id, agentId: id })
      await store.executions.complete(id, { response: '0123456789' })
      clock.set(daysAgo(ended))
      await store.runs.conclude(id, { verdict: 'unanimous' })
    }
    clock.set(TODAY)

    expect(saidOf(await store.retention.plan({ maxBytes: 10 }))).toEqual({
      older: 'archive: budget',
      younger: 'keep: young',
    })
  })
}
