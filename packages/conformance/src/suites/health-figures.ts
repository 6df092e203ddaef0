import type { ConsensusStore, Rows } from '@consensus-store/core'
import { expect } from 'vitest'
import { anArtifact, aRun } from '../fixtures.ts'
import { aLongRun } from '../long-run.ts'
import { oldRuns } from '../old-runs.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

export function healthFigures(it: It): void {
  it('counts the rows of each noun, those of archived runs no more', async ({ store, clock }) => {
    await playStory(store, clock)
    const counts = { runs: 3, executions: 6, artifacts: 1, syntheses: 1, events: 23, archives: 0 }
    expect(countsOf((await store.health()).rows!)).toEqual({ ...counts, ...(await countedBy(store)) })
    await store.runs.abandon('run-3')
    await store.executions.cancel('c1')
    await store.archives.add('run-3')

    expect(countsOf((await store.health()).rows!)).toEqual(await countedBy(store))
    expect((await store.health()).rows).toMatchObject({
      runs: { count: 2, precision: 'exact' },
      archives: { count: 1, precision: 'exact' },
    })
    await store.archives.restore('run-3')
    expect(countsOf((await store.health()).rows!)).toEqual({
      ...(await countedBy(store)),
      runs: 3,
      archives: 0,
    })
    await store.archives.add('run-3')
    await store.runs.delete('run-3')
    expect(countsOf((await store.health()).rows!)).toEqual({
      ...(await countedBy(store)),
      runs: 2,
      archives: 0,
    })
  })

  it('knows the oldest run there is, also when it is archived', async ({ store, clock }) => {
    await oldRuns(store, clock, [
      { ...S, id: 'second', ended: 40 },
      { ...S, id: 'first', ended: 50 },
      { ...S, id: 'third', ended: 30 },
    ])
    const oldestRunAt = async () => (await store.health()).oldestRunAt
    const first = await oldestRunAt()
    expect(first).toEqual((await store.runs.get('first'))!.startedAt)
    await store.archives.add('first')

    expect(await oldestRunAt()).toEqual(first)
    await store.runs.delete('first')
    expect(await oldestRunAt()).toEqual((await store.runs.get('second'))!.startedAt)
  })

  it('says how much space it takes, and how much of that is free', async ({ durablePlace, skip }) => {
    const { bytes } = durablePlace
    skip(!bytes, 'nobody can see from outside what it takes')
    await using store = await durablePlace.open()
    const space = async () => (await store.health()).space!
    const mustBeSeen = async () =>
      expect(Math.abs((await space()).bytes - (await bytes!()))).toBeLessThanOrEqual(SLACK_BYTES)
    await mustBeSeen()
    const { id: runId } = await aRun(store)
    for (let i = 0; i < 40; i++)
      await anArtifact(store, { runId, id: `large ${i}`, content: 'x'.repeat(100_000) })
    await mustBeSeen()
    const full = await space()
    expect(full.walBytes).toBeLessThanOrEqual(full.bytes)
    await store.runs.abandon(runId)
    await store.runs.delete(runId)
    await mustBeSeen()
    const emptied = await space()
    await store.reclaim()
    await mustBeSeen()
    const reclaimed = await space()

    expect(emptied.bytes - reclaimed.bytes).toBeGreaterThan(MIB)
    // Who cannot tell says so of every state.
    if (full.freeBytes === undefined) {
      expect([emptied.freeBytes, reclaimed.freeBytes]).toEqual([undefined, undefined])
    } else {
      expect(emptied.freeBytes! - full.freeBytes).toBeGreaterThan(MIB)
      expect(emptied.freeBytes! - reclaimed.freeBytes!).toBeGreaterThan(MIB)
    }
  })

  it('says of a count that it is exact only when it is', { timeout: 120_000 }, async ({ store }) => {
    const agents = 1_700
    for (const id of ['one', 'two', 'three', 'four']) await store.runs.record(aLongRun(id, agents))
    const rows = (await store.health()).rows!
    const truth = {
      runs: 4,
      executions: 4 * agents,
      artifacts: 0,
      syntheses: 0,
      events: 4 * (3 * agents + 1),
    }

    for (const [noun, count] of Object.entries(truth)) {
      const told = rows[noun as keyof typeof truth]
      if (told.precision === 'exact') expect([noun, told.count]).toEqual([noun, count])
      if (told.precision === 'at least') expect(told.count).toBeLessThanOrEqual(count)
      if (told.precision === 'estimated') {
        expect(told.count).toBeGreaterThan(count * 0.9)
        expect(told.count).toBeLessThan(count * 1.1)
      }
    }
  })
}

const S = { specId: 'S', stage: 'plan' }
const MIB = 1_048_576
/** What a server may do by itself between two looks at its files. */
const SLACK_BYTES = 256 * 1_024

const countsOf = (rows: Rows) =>
  Object.fromEntries(Object.entries(rows).map(([noun, { count }]) => [noun, count]))

/** By the lists. */
async function countedBy(store: ConsensusStore) {
  const { items: runs } = await store.runs.list({ archived: false })
  const of = async (list: (query: { runId: string }) => Promise<{ readonly items: readonly unknown[] }>) =>
    (await Promise.all(runs.map(({ id }) => list({ runId: id })))).flatMap(({ items }) => items).length
  return {
    runs: runs.length,
    executions: (await store.executions.list()).items.length,
    artifacts: await of(store.artifacts.list),
    syntheses: await of(store.syntheses.list),
    events: (await store.events.readAll()).length,
    archives: (await store.archives.list()).items.length,
  }
}
