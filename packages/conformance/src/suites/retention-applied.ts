import {
  type ArchiveFolder,
  type ConsensusStore,
  type RetentionPolicy,
  type RetentionProgress,
  StoreError,
} from '@consensus-store/core'
import { expect } from 'vitest'
import type { Clock } from '../clock.ts'
import { changesNothing } from '../contents.ts'
import { everythingIn } from '../differential/everything.ts'
import { expectedPlan } from '../expected-plan.ts'
import { anAgent, anArtifact, anEndedRun, aRun, aSynthesis } from '../fixtures.ts'
import { aWholeRun } from '../golden-bundle.ts'
import {
  aFullOldRun,
  anOldRun,
  asPlanned,
  DAY_MS,
  daysAgo,
  expectDone,
  oldRuns,
  saidOf,
  seenIn,
  TODAY,
} from '../old-runs.ts'
import { oneOf, random } from '../random.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'
import { mustOwnNothing } from './deleting.ts'

const MS = 1 / DAY_MS

/** That what a plan says is done, and nothing else, however it is gone about. */
export function retentionApplied(it: It): void {
  it('changes nothing by planning', async ({ store, clock }) => {
    await randomHistory(store, clock, 1)
    await changesNothing(store, async () => {
      for (const policy of policies) await store.retention.plan(policy)
    })
  })

  for (const seed of [1, 2, 3, 4]) {
    it(`plans what is due, does it, whatever the policy, and then has nothing left to do (${seed})`, {
      timeout: 60_000,
    }, async ({ openStore, clock }) => {
      for (const policy of policies) {
        const store = await openStore()
        await randomHistory(store, clock, seed)
        const before = await seenIn(store)
        const plan = await store.retention.plan(policy)
        expect(saidOf(plan)).toEqual(expectedPlan(before, policy, TODAY))
        expect(await store.retention.apply(policy)).toStrictEqual(asPlanned(plan))
        await expectDone(store, plan, before)

        await changesNothing(store, async () => {
          expect(await store.retention.apply(policy)).toMatchObject({
            archived: { runs: 0, bytes: 0 },
            deleted: { runs: 0, bytes: 0 },
          })
        })
      }
    })
  }

  it('reads more runs than it reads at once, and knows the latest of each stage all the same', {
    timeout: 60_000,
  }, async ({ store, clock }) => {
    clock.set(daysAgo(100))
    const ids = Array.from({ length: 450 }, (_, i) => `r${String(i).padStart(3, '0')}`)
    await Promise.all(
      ids.map(async (id, i) => {
        await aRun(store, { id, stage: i < 420 ? 'plan' : 'code' })
        await store.runs.abandon(id)
      }),
    )
    clock.set(TODAY)
    const policy: RetentionPolicy = { archiveAfterDays: 'never', keepLatest: 300 }
    const plan = await store.retention.plan(policy)
    const kept = plan.decisions.filter(({ action }) => action === 'keep').map(({ runId }) => runId)

    expect(kept.sort()).toEqual(ids.slice(120))
    expect(await store.retention.apply(policy)).toStrictEqual(asPlanned(plan))
    expect((await store.runs.list({ limit: 1_000 })).items.map(({ id }) => id).sort()).toEqual(ids.slice(120))
  })

  it('lets ids be used again that it deleted, and brings nothing back', async ({ store, clock }) => {
    await aFullOldRun(store, clock, 'r', 100)
    await store.retention.apply()
    await aRun(store, { id: 'r', stage: 'code' })

    expect(await store.runs.bundle('r')).toMatchObject({
      run: { stage: 'code', lastSequence: 1 },
      executions: [],
      artifacts: [],
      syntheses: [],
    })
    expect(await store.archives.get('r')).toBeUndefined()
    expect(saidOf(await store.retention.plan())).toEqual({ r: 'keep: running' })
  })

  it('takes all that deleting takes, run by run, and lets the ids of all it owned be used again', async ({
    openStore,
    clock,
  }) => {
    const [retained, other] = [await openStore(), await openStore()]
    for (const store of [retained, other]) {
      clock.set(daysAgo(1))
      await playStory(store, clock)
      await aWholeRun(store, 'archived')
      await store.archives.add('archived')
    }
    const before = await retained.events.position()
    await retained.retention.apply({ archiveAfterDays: 'never', deleteAfterDays: 0 })
    for (const id of ['run-1', 'run-2', 'archived']) await other.runs.delete(id)

    await mustOwnNothing(retained, 'run-1')
    expect(await everythingIn(retained)).toStrictEqual(await everythingIn(other))
    expect(await retained.events.position()).toBeGreaterThanOrEqual(before)
    await aRun(retained, { id: 'again' })
    for (const agentId of ['a1', 'b1', 'archived 1']) await anAgent(retained, { runId: 'again', agentId })
    for (const id of ['art-1', 'archived']) await anArtifact(retained, { runId: 'again', id })
    for (const id of ['syn-1', 'archived']) await aSynthesis(retained, { runId: 'again', id })
    expect(await retained.runs.bundle('again')).toMatchObject({ run: { lastSequence: 8 } })
    expect((await retained.verify()).differences).toEqual([])
  })

  it('tells how far it is, and of all agents whose routes went, when they are gone', async ({
    store,
    clock,
  }) => {
    await oldRuns(store, clock, [
      { id: 'archived', ended: 31 },
      { id: 'both', ended: 91 },
      { id: 'deleted', stage: 'code', ended: 91 },
      { id: 'kept', ended: 1 },
    ])
    const agents = ['archived a', 'both a', 'deleted a', 'kept a']
    expect([...(await store.routes.findMany(agents)).keys()].sort()).toEqual(agents)
    for (const agentId of agents) expect(await store.routes.find(agentId)).toBeDefined()
    const gone: string[] = []
    const told: RetentionProgress[] = []
    const outcome = await store.retention.apply(
      { overrides: [{ stage: 'code', archiveAfterDays: 'never' }] },
      {
        progress: (done) => void told.push(done),
        async gone(agentIds) {
          for (const agentId of agentIds) expect(await store.routes.find(agentId)).toBeUndefined()
          await new Promise((resolve) => setImmediate(resolve))
          gone.push(...agentIds)
        },
      },
    )

    expect(gone.sort()).toEqual(['archived a', 'both a', 'deleted a'])
    expect(await store.routes.find('kept a')).toBeDefined()
    const totals = told.map(({ archived, deleted }) => archived.runs + deleted.runs)
    expect(totals).toEqual([...totals].sort((a, b) => a - b))
    expect(told.at(-1)).toStrictEqual({ archived: outcome.archived, deleted: outcome.deleted })
  })

  it('rejects with the reason of its signal, and goes on where it was stopped', async ({
    openStore,
    clock,
  }) => {
    for (const policy of policies) {
      const [store, uninterrupted] = [await openStore(), await openStore()]
      await randomHistory(store, clock, 5)
      await randomHistory(uninterrupted, clock, 5)
      await uninterrupted.retention.apply(policy)
      await changesNothing(store, async () => {
        const applied = store.retention.apply(policy, { signal: AbortSignal.abort('not at all') })
        expect(await applied.catch((reason) => reason)).toBe('not at all')
      })
      await untilDone(store, policy)

      expect(await stateOf(store)).toStrictEqual(await stateOf(uninterrupted))
      expect((await store.verify()).differences).toEqual([])
    }
  })

  it('refuses a clock more than ten years past the newest event, unless it is forced', async ({
    store,
    clock,
  }) => {
    await oldRuns(store, clock, [{ id: 'r', ended: 1 }])
    const newest = daysAgo(1).getTime()
    clock.set(new Date(newest + 3_653 * DAY_MS))
    expect(saidOf(await store.retention.plan())).toEqual({ r: 'archive and delete: age' })
    clock.advance(1)
    await changesNothing(store, async () => {
      await refusal('INVALID', store.retention.plan())
      await refusal('INVALID', store.retention.apply({}, { force: false }))
    })

    expect(saidOf(await store.retention.plan({}, { force: true }))).toEqual({
      r: 'archive and delete: age',
    })
    expect((await store.retention.apply({}, { force: true })).deleted.runs).toBe(1)
  })

  it('goes by the start of the newest run, too, and refuses no clock of an empty store', async ({
    store,
    clock,
  }) => {
    clock.set(new Date('2999-01-01T00:00:00.000Z'))
    expect((await store.retention.apply()).deleted.runs).toBe(0)
    await anOldRun(store, clock, { id: 'old', ended: 100 })
    clock.set(new Date('2999-01-01T00:00:00.000Z'))
    await refusal('INVALID', store.retention.plan())
    await aRun(store, { id: 'new' })
    clock.set(daysAgo(50))
    await store.runs.pin('old')
    clock.set(new Date('2999-01-01T00:00:00.000Z'))

    expect(saidOf(await store.retention.plan())).toEqual({ old: 'keep: pinned', new: 'keep: running' })
  })

  it('takes nothing early when the clock has jumped back', async ({ store, clock }) => {
    await oldRuns(store, clock, [{ id: 'r', ended: 31 }])
    clock.set(daysAgo(500))

    expect(saidOf(await store.retention.plan())).toEqual({ r: 'keep: young' })
    await changesNothing(store, () =>
      store.retention.apply({ archiveAfterDays: 0, deleteAfterDays: 0, keepLatest: 0 }),
    )
  })

  it('refuses a policy that contradicts itself or says what nobody knows', async ({ store, clock }) => {
    await oldRuns(store, clock, [{ id: 'r', ended: 1_000 }])
    const contradictions: Readonly<Record<string, RetentionPolicy>> = {
      'policy.deleteAfter': { deleteAfter: 1 } as RetentionPolicy,
      deleteAfterDays: { deleteAfterDays: 29 },
      archiveAfterDays: { archiveAfterDays: 91 },
      'overrides[0].deleteAfterDays': { overrides: [{ stage: 'plan', deleteAfterDays: 29 }] },
      'overrides[1].archiveAfterDays': {
        overrides: [
          { stage: 'plan', archiveAfterDays: 'never', deleteAfterDays: 29 },
          { stage: 'code', archiveAfterDays: 91 },
        ],
      },
      'overrides[2]': {
        overrides: [{ labels: { a: '1' } }, { stage: 'plan' }, { stage: 'plan', labels: { a: '1', b: '2' } }],
      },
    }
    await changesNothing(store, async () => {
      for (const [argument, policy] of Object.entries(contradictions)) {
        expect((await refusal('INVALID', store.retention.plan(policy))).message).toContain(argument)
        expect((await refusal('INVALID', store.retention.apply(policy))).message).toContain(argument)
      }
    })
  })

  it('keeps archives in a folder too, each before its run leaves', async ({ store, clock }) => {
    await oldRuns(store, clock, [
      { id: 'archived', ended: 31 },
      { id: 'both', ended: 91 },
      { id: 'kept', ended: 1 },
    ])
    const kept: string[] = []
    await store.retention.apply(
      {},
      {
        folder: {
          async keep({ runId, bytes }, compressed) {
            expect(await store.runs.get(runId)).toMatchObject({ archivedAt: undefined })
            expect(compressed.length).toBe(bytes)
            kept.push(runId)
          },
        },
      },
    )

    expect(kept.sort()).toEqual(['archived', 'both'])
  })

  it('goes on past a run that cannot be archived, names it, and does not delete it', async ({
    store,
    clock,
  }) => {
    await oldRuns(store, clock, [
      { id: 'a', ended: 91 },
      { id: 'b', ended: 91 },
      { id: 'c', ended: 31 },
      { id: 'd', stage: 'code', ended: 91 },
    ])
    const before = await seenIn(store)
    const { failed, archived, deleted } = await store.retention.apply(
      {},
      { folder: refusing('b', 'CONFLICT') },
    )

    expect(failed).toEqual([{ runId: 'b', code: 'CONFLICT', message: 'not b' }])
    expect([archived.runs, deleted.runs]).toEqual([3, 2])
    expect(await store.runs.get('b')).toStrictEqual(before.get('b')!.run)
    expect(await store.runs.bundle('b')).toStrictEqual(before.get('b')!.bundle)
    expect((await store.retention.apply()).deleted.runs).toBe(1)
  })

  it('goes on past a run that is damaged, names it, and leaves it as it was', async ({
    damageable,
    clock,
  }) => {
    await using store = await damageable.open({ env: clock })
    await oldRuns(
      store,
      clock,
      ['a', 'damaged', 'z'].map((id) => ({ id, ended: 100 })),
    )
    await damageable.damage(
      "delete from body where position = (select response_position from execution where run_id = 'damaged')",
    )
    const look = async () => [
      await store.runs.get('damaged'),
      await store.events.read('damaged'),
      await store.executions.list({ runId: 'damaged' }),
    ]
    const before = await look()
    const { failed, archived, deleted } = await store.retention.apply()

    expect(failed).toMatchObject([{ runId: 'damaged', code: 'CORRUPT' }])
    expect([archived.runs, deleted.runs]).toEqual([2, 2])
    expect(await look()).toStrictEqual(before)
    expect((await store.runs.list()).items.map(({ id }) => id)).toEqual(['damaged'])
  })

  it('rejects when its folder cannot be had, archives nothing, and goes on when it can', async ({
    store,
    clock,
  }) => {
    await oldRuns(
      store,
      clock,
      ['a', 'b', 'c'].map((id) => ({ id, ended: 91 })),
    )
    const before = await seenIn(store)
    const plan = await store.retention.plan()
    const away: ArchiveFolder = {
      async keep() {
        throw new StoreError('UNAVAILABLE', 'The folder is on a disk that is away')
      },
    }
    await changesNothing(store, () => refusal('UNAVAILABLE', store.retention.apply({}, { folder: away })))
    await store.retention.apply({}, { folder: { keep: async () => {} } })

    await expectDone(store, plan, before)
  })

  it('asks its folder before it begins, also when no run is due', async ({ store }) => {
    await aRun(store)
    let there = false
    const folder: ArchiveFolder = {
      async keep() {},
      async check() {
        if (!there) throw new StoreError('UNAVAILABLE', 'The folder is on a disk that is away')
      },
    }
    const apply = () => store.retention.apply({}, { folder })
    await changesNothing(store, () => refusal('UNAVAILABLE', apply()))
    there = true
    await apply()
  })

  it('rejects when there is no room for an archive, loses nothing, and goes on when there is', async ({
    store,
    clock,
  }) => {
    await oldRuns(store, clock, [
      { id: 'a', ended: 91 },
      { id: 'b', ended: 31 },
    ])
    const before = await seenIn(store)
    const plan = await store.retention.plan()
    await refusal('FULL', store.retention.apply({}, { folder: refusing('a', 'FULL') }))
    expect(await store.runs.get('a')).toStrictEqual(before.get('a')!.run)
    await store.retention.apply()

    await expectDone(store, plan, before)
  })
}

const refusing = (runId: string, code: 'CONFLICT' | 'FULL'): ArchiveFolder => ({
  async keep(archive) {
    if (archive.runId === runId) throw new StoreError(code, `not ${runId}`)
  },
})

const policies: readonly RetentionPolicy[] = [
  {},
  { keepLatest: 1, maxBytes: 200 },
  { archiveAfterDays: 'never', deleteAfterDays: 60, maxBytes: 300 },
  {
    archiveAfterDays: 60,
    maxBytes: 150,
    overrides: [
      { stage: 'code', labels: { team: 'a' }, archiveAfterDays: 'never', deleteAfterDays: 20 },
      { stage: 'code', archiveAfterDays: 'never', deleteAfterDays: 'never' },
      { labels: { team: 'b' }, keepLatest: 3 },
    ],
  },
  {
    archiveAfterDays: 5,
    deleteAfterDays: 50,
    keepLatest: 1,
    maxBytes: 60,
    overrides: [
      { stage: 'code', archiveAfterDays: 31 },
      { labels: { team: 'a' }, archiveAfterDays: 'never', deleteAfterDays: 'never' },
      { labels: { team: 'b' }, archiveAfterDays: 'never' },
    ],
  },
]

/** Runs of all kinds, the same ones for the same seed. */
async function randomHistory(store: ConsensusStore, clock: Clock, seed: number): Promise<void> {
  const next = random(seed)
  for (let i = 0; i < 24; i++) {
    const id = `r${i}`
    const as = oneOf(['concluded', 'concluded', 'abandoned', 'running'] as const, next)
    const kind = { as, pinned: next() < 0.1, inFlight: next() < 0.1 }
    await anOldRun(store, clock, {
      id,
      ...kind,
      specId: oneOf(['S', 'T'], next),
      stage: oneOf(['plan', 'code'], next),
      labels: oneOf([{}, { team: 'a' }, { team: 'b' }], next),
      ended: oneOf([0, 5, 20, 30 - MS, 30, 31, 60, 89, 90, 200], next),
      took: oneOf([0, 1, 40], next),
      response: 'x'.repeat(Math.floor(next() * 40)),
    })
    if (next() < 0.15 && as !== 'running' && !kind.pinned && !kind.inFlight) await store.archives.add(id)
  }
  // Else the newest event could be of long ago.
  await anEndedRun(store, 'newest')
}

/** Applies a policy again and again, and stops it as soon as it says that it did something. */
async function untilDone(store: ConsensusStore, policy: RetentionPolicy): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    expect(attempt).toBeLessThan(100)
    const stopping = new AbortController()
    const reason = new Error('enough')
    const options = { signal: stopping.signal, progress: () => stopping.abort(reason) }
    try {
      await store.retention.apply(policy, options)
      return
    } catch (error) {
      expect(error).toBe(reason)
    }
  }
}

/** Which runs there are, and whether each is archived. */
async function stateOf(store: ConsensusStore) {
  const { items } = await store.runs.list({ limit: 1_000 })
  return items.map(({ id, archivedAt }) => ({ id, archivedAt }))
}
