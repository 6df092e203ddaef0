import type {
  ArchiveFolder,
  ConsensusStore,
  RetentionOptions,
  RetentionOutcome,
  RetentionPolicy,
} from '@consensus-store/core'
import { describe, expect } from 'vitest'
import type { Clock } from '../clock.ts'
import { expectWhole } from '../expect-whole.ts'
import { anAgent, anEndedRun, aRun } from '../fixtures.ts'
import { goldenBundleRenamed } from '../golden-bundle.ts'
import { aFullOldRun, anOldRun, daysAgo, saidOf, TODAY } from '../old-runs.ts'
import { persistently } from '../persistently.ts'
import { killedMidway, openAfterKill } from '../processes/killed.ts'
import { together } from '../processes/process.ts'
import type { It } from '../store-test.ts'

export function retentionMeanwhile(it: It): void {
  describe('retention while others write', () => {
    it('leaves a run as it is that is pinned before it would be deleted', async ({ store, clock }) => {
      const ids = await manyOldRuns(store, clock)
      const outcome = await store.retention.apply(
        DELETING,
        atFirst((last) => store.runs.pin(last)),
      )

      expect((await store.runs.list()).items).toMatchObject([{ id: ids.at(-1), pinned: true }])
      expect(await store.runs.bundle(ids.at(-1)!)).toMatchObject({ executions: [{ response: '0123456789' }] })
      expect(outcome).toMatchObject({ deleted: { runs: ids.length - 1 }, failed: [] })
    })

    it('leaves a run as it is whose id was used again before it would be deleted', async ({
      store,
      clock,
    }) => {
      const ids = await manyOldRuns(store, clock)
      const useAgain = async (last: string) => {
        await store.runs.delete(last)
        await anEndedRun(store, last, `${last} a`, `${last} b`)
      }
      const outcome = await store.retention.apply(DELETING, atFirst(useAgain))

      expect((await store.runs.list()).items).toMatchObject([{ id: ids.at(-1), status: 'abandoned' }])
      expect(outcome).toMatchObject({ deleted: { runs: ids.length - 1 }, failed: [] })
    })

    it('passes over a run that somebody else deleted or archived before', async ({ store, clock }) => {
      for (const remove of ['delete', 'archive']) {
        const ids = await manyOldRuns(store, clock)
        const outcome = await store.retention.apply(
          DELETING,
          atFirst((last) => (remove === 'delete' ? store.runs.delete(last) : store.archives.add(last))),
        )
        expect(outcome).toMatchObject({ deleted: { runs: ids.length - 1 }, failed: [] })
      }
    })

    it('does not archive a run that was pinned, deleted or begun anew while it was packed', async ({
      store,
      clock,
    }) => {
      const changes: Readonly<Record<string, () => Promise<unknown>>> = {
        pinned: () => store.runs.pin('pinned'),
        deleted: () => store.runs.delete('deleted'),
        'begun anew': async () => {
          await store.runs.delete('begun anew')
          await anEndedRun(store, 'begun anew', 'begun anew a')
        },
        touched: async () => {
          await store.runs.pin('touched')
          await store.runs.unpin('touched')
        },
      }
      for (const id of Object.keys(changes)) await anOldRun(store, clock, { id, ended: 100 })
      const outcome = await store.retention.apply({}, { folder: keeping((runId) => changes[runId]!()) })

      expect(outcome).toMatchObject({ archived: { runs: 0 }, deleted: { runs: 0 }, failed: [] })
      expect((await store.archives.list()).items).toEqual([])
      expect(saidOf(await store.retention.plan())).toEqual({
        pinned: 'keep: pinned',
        'begun anew': 'keep: young',
        touched: 'archive and delete: age',
      })
      expect((await store.verify()).differences).toEqual([])
    })

    it('does not delete a run that was restored between being archived and deleted', async ({
      store,
      clock,
    }) => {
      await aFullOldRun(store, clock, 'r', 100)
      const bundle = await store.runs.bundle('r')
      let restored = false
      const outcome = await store.retention.apply(
        {},
        {
          async gone() {
            if (!restored) await store.archives.restore('r')
            restored = true
          },
        },
      )

      expect(outcome).toMatchObject({ archived: { runs: 1 }, deleted: { runs: 0 }, failed: [] })
      expect(await store.runs.get('r')).toMatchObject({ archivedAt: undefined })
      expect(await store.runs.bundle('r')).toStrictEqual(bundle)
    })

    it('stands in nobody’s way, and takes nothing of what they write', { timeout: 60_000 }, async ({
      store,
      clock,
    }) => {
      await manyOldRuns(store, clock, 120)
      let done = false
      const meanwhile: string[] = []
      const writer = async (name: string) => {
        for (let i = 0; !done; i++) {
          const runId = `${name} ${i}`
          await new Promise((resolve) => setTimeout(resolve, 1))
          await persistently(() => aRun(store, { id: runId }))
          await persistently(() => anAgent(store, { runId, agentId: runId }))
          await persistently(() => store.executions.complete(runId, { response: name }))
          await persistently(() => store.runs.conclude(runId, { verdict: 'unanimous' }))
          expect((await store.runs.bundle(runId))?.executions).toMatchObject([{ response: name }])
          if (!done) meanwhile.push(runId)
          if (i % 2) await persistently(() => store.runs.pin(runId))
        }
      }
      const writers = ['a', 'b', 'c'].map(writer)
      const outcome = await store.retention.apply({}).finally(() => {
        done = true
      })
      await Promise.all(writers)

      expect(outcome).toMatchObject({ archived: { runs: 120 }, deleted: { runs: 120 }, failed: [] })
      expect(meanwhile.length).toBeGreaterThanOrEqual(3)
      const { bundles } = await expectWhole(store)
      expect(bundles.map(({ run }) => run.id)).toEqual(expect.arrayContaining(meanwhile))
      for (const { run, executions } of bundles)
        expect(executions, run.id).toMatchObject([{ response: run.id[0] }])
      expect(bundles.some(({ run }) => run.id.startsWith('old'))).toBe(false)
    })

    it('tells how far it is as it goes, and stops before long when it is to stop', {
      timeout: 60_000,
    }, async ({ store, clock }) => {
      await manyOldRuns(store, clock, 450)
      const stopping = new AbortController()
      const reason = new Error('enough')
      const stopped = store.retention.apply(DELETING, {
        signal: stopping.signal,
        progress: () => stopping.abort(reason),
      })
      expect(await stopped.catch((error: unknown) => error)).toBe(reason)
      expect((await store.runs.list({ limit: 1_000 })).items.length).toBeGreaterThan(200)
      const told: unknown[] = []
      await store.retention.apply(DELETING, { progress: (done) => void told.push(done) })

      expect(told.length).toBeGreaterThan(1)
      expect((await store.runs.list()).items).toEqual([])
    })

    it('is done once, however often it is asked for at the same time', { timeout: 60_000 }, async ({
      store,
    }) => {
      await isDoneOnce(store, (times) => Promise.all(times.map(() => store.retention.apply(MIXED))))
    })

    it('is done once, however many processes do it at the same time', { timeout: 120_000 }, async ({
      sharedPlace,
    }) => {
      await using store = await sharedPlace.open()
      await isDoneOnce(store, (times) =>
        together(
          sharedPlace,
          'retain',
          times.map(() => ({ policy: MIXED })),
        ),
      )
    })

    it('ends in the same state when it is killed again and again', { timeout: 120_000 }, async ({
      durablePlace,
    }) => {
      let expected: unknown
      {
        await using store = await durablePlace.open()
        await goldenRuns(store, 80)
        expected = await expectedState(store)
      }
      let interrupted = 0
      for (let round = 0; round < 6; round++) {
        const when = { reports: 1 + round, withinMs: 4 }
        const killed = await killedMidway(durablePlace, 'retain', { policy: MIXED }, when)
        if (killed.interrupted) interrupted += 1

        await using store = await openAfterKill(durablePlace)
        const { bundles } = await expectWhole(store)
        for (const { run, events } of bundles) expect(events.length, run.id).toBe(11)
      }
      expect(interrupted).toBeGreaterThan(0)
      await using store = await durablePlace.open()
      await store.retention.apply(MIXED, { force: true })

      expect(await stateOf(store)).toEqual(expected)
    })
  })
}

/** Has retention applied three times at once to runs of every fate; together they do just what is to be done. */
async function isDoneOnce(
  store: ConsensusStore,
  applied: (times: readonly number[]) => Promise<readonly RetentionOutcome[]>,
): Promise<void> {
  await goldenRuns(store, 45)
  const expected = await expectedState(store)
  const outcomes = await applied([1, 2, 3])

  expect(await stateOf(store)).toEqual(expected)
  const total = (of: 'archived' | 'deleted') => outcomes.reduce((sum, outcome) => sum + outcome[of].runs, 0)
  expect([total('archived'), total('deleted')]).toEqual([30, 30])
  expect(outcomes.flatMap(({ failed }) => failed)).toEqual([])
  expect((await store.verify()).differences).toEqual([])
}

/** Nothing is archived, everything of age is deleted. */
const DELETING: RetentionPolicy = { archiveAfterDays: 'never' }

/** Archives what is planned, deletes what is coded, does both with what is validated, and keeps what is audited. */
const MIXED: RetentionPolicy = {
  archiveAfterDays: 0,
  deleteAfterDays: 'never',
  overrides: [
    { stage: 'code', archiveAfterDays: 'never', deleteAfterDays: 0 },
    { stage: 'validate', deleteAfterDays: 0 },
    { stage: 'audit', archiveAfterDays: 'never' },
  ],
}

/** Runs to be archived, to be deleted, and both, in turn, and two to be kept. */
async function goldenRuns(store: ConsensusStore, count: number): Promise<void> {
  const stages = [
    ...Array.from({ length: count }, (_, i) => ['plan', 'code', 'validate'][i % 3]!),
    'audit',
    'audit',
  ]
  for (const [i, stage] of stages.entries()) {
    const id = `r${String(i).padStart(3, '0')}`
    const ids = { golden: id, g1: `${id} 1`, g2: `${id} 2`, 'gold-art': id, 'gold-syn': id }
    await store.runs.record(goldenBundleRenamed({ ...ids, validate: stage }))
    await store.runs.unpin(id)
  }
}

async function stateOf(store: ConsensusStore) {
  const { items } = await store.runs.list({ limit: 1_000 })
  return items
    .map(({ id, stage, archivedAt }) => ({ id, stage, archived: archivedAt !== undefined }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** What is to become of what there is. */
const expectedState = async (store: ConsensusStore) =>
  (await stateOf(store))
    .filter(({ stage }) => stage === 'plan' || stage === 'audit')
    .map((run) => ({ ...run, archived: run.stage === 'plan' }))

/** Runs that are all to be deleted, in the order in which retention comes to them; more than it deletes or reads at once. */
async function manyOldRuns(store: ConsensusStore, clock: Clock, count = 220): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, i) => `old ${String(i).padStart(3, '0')}`)
  clock.set(daysAgo(100))
  await Promise.all(
    ids.map(async (id) => {
      await aRun(store, { id })
      await anAgent(store, { runId: id, agentId: `${id} a` })
      await store.executions.complete(`${id} a`, { response: '0123456789' })
      await store.runs.conclude(id, { verdict: 'unanimous' })
    }),
  )
  clock.set(TODAY)
  return ids
}

/** Does something to the last run as soon as the first is gone. */
function atFirst(change: (last: string) => Promise<unknown>): RetentionOptions {
  let done = false
  return {
    async gone(agentIds) {
      if (done) return
      done = true
      expect(agentIds).not.toContain('old 219 a')
      await change('old 219')
    },
  }
}

const keeping = (meanwhile: (runId: string) => Promise<unknown>): ArchiveFolder => ({
  keep: async ({ runId }) => void (await meanwhile(runId)),
})
