import {
  type ArchiveFolder,
  type ConsensusStore,
  type RetentionPolicy,
  type RetentionProgress,
  StoreError,
} from '@consensus-store/core'
import { describe, expect } from 'vitest'
import type { Clock } from '../clock.ts'
import { changesNothing } from '../contents.ts'
import { anEndedRun, aRun } from '../fixtures.ts'
import {
  aFullOldRun,
  anOldRun,
  asPlanned,
  DAY_MS,
  daysAgo,
  expectDone,
  type OldRun,
  saidOf,
  seenIn,
  TODAY,
} from '../old-runs.ts'
import { oneOf, random } from '../random.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'

const MS = 1 / DAY_MS

export function retention(it: It): void {
  /** Plans, checks what is said of each run, then applies and checks that just this was done. */
  async function expectPlan(
    store: ConsensusStore,
    policy: RetentionPolicy | undefined,
    said: Readonly<Record<string, string>>,
  ): Promise<void> {
    const before = await seenIn(store)
    const plan = await store.retention.plan(policy)
    expect(saidOf(plan)).toEqual(said)
    expect(await store.retention.apply(policy)).toStrictEqual(asPlanned(plan))
    await expectDone(store, plan, before)
  }

  describe('retention', () => {
    it('archives a run 30 days after its conclusion and deletes it after 90, to the millisecond', async ({
      store,
      clock,
    }) => {
      await oldRuns(store, clock, [
        { id: 'not yet', ended: 30 - MS },
        { id: 'archived', ended: 30 },
        { id: 'not yet deleted', ended: 90 - MS },
        { id: 'deleted', ended: 90 },
        { id: 'today', ended: 0 },
      ])

      await expectPlan(store, undefined, {
        'not yet': 'keep: young',
        archived: 'archive: age',
        'not yet deleted': 'archive: age',
        deleted: 'archive and delete: age',
        today: 'keep: young',
      })
    })

    it('counts the age of a run from its end, however long it took', async ({ store, clock }) => {
      await oldRuns(store, clock, [
        { id: 'long', ended: 29, took: 400 },
        { id: 'short', ended: 31, took: 0 },
      ])

      await expectPlan(store, undefined, { long: 'keep: young', short: 'archive: age' })
    })

    it('counts the age of an abandoned run from its last event, also when it is archived', async ({
      store,
      clock,
    }) => {
      await oldRuns(store, clock, [
        { id: 'left alone', ended: 40, as: 'abandoned' },
        { id: 'touched', ended: 40, as: 'abandoned' },
        { id: 'concluded', ended: 40 },
      ])
      for (const id of ['touched', 'concluded']) {
        clock.set(daysAgo(20))
        await store.runs.pin(id)
        await store.runs.unpin(id)
      }
      clock.set(TODAY)

      await expectPlan(store, undefined, {
        'left alone': 'archive: age',
        touched: 'keep: young',
        concluded: 'archive: age',
      })
      clock.set(new Date(TODAY.getTime() + 50 * DAY_MS - 1))
      await expectPlan(store, undefined, {
        'left alone': 'keep: young',
        touched: 'archive: age',
        concluded: 'keep: young',
      })
      clock.advance(1)
      await expectPlan(store, undefined, {
        'left alone': 'delete: age',
        touched: 'keep: young',
        concluded: 'delete: age',
      })
    })

    it('never touches a run that is running, pinned or waited for, and says which it is', async ({
      store,
      clock,
    }) => {
      await oldRuns(store, clock, [
        { id: 'running', ended: 400, as: 'running' },
        { id: 'pinned', ended: 400, pinned: true },
        { id: 'waited for', ended: 400, inFlight: true },
        { id: 'abandoned and waited for', ended: 400, inFlight: true, as: 'abandoned' },
        { id: 'pinned and waited for', ended: 400, inFlight: true, pinned: true },
        { id: 'neither', ended: 400 },
      ])
      await store.executions.start('abandoned and waited for b')
      clock.set(TODAY)

      await expectPlan(
        store,
        { archiveAfterDays: 'never', deleteAfterDays: 1, maxBytes: 0 },
        {
          running: 'keep: running',
          pinned: 'keep: pinned',
          'waited for': 'keep: in flight',
          'abandoned and waited for': 'keep: in flight',
          'pinned and waited for': 'keep: in flight',
          neither: 'delete: age',
        },
      )
      const { endedAt } = (await store.retention.plan()).decisions.find(({ runId }) => runId === 'running')!
      expect(endedAt).toBeUndefined()
    })

    it('keeps the latest of each spec and stage, of the same start the greater id', async ({
      store,
      clock,
    }) => {
      const runs = ['a', 'b', '\uffee', '\u{1f600}'].map((id) => ({ id, ended: 100 }))
      await oldRuns(store, clock, [
        ...runs,
        { id: 'of another stage', stage: 'code', ended: 300 },
        { id: 'of another spec', specId: 'SPEC-2', ended: 300 },
        { id: 'first of that', specId: 'SPEC-2', ended: 310 },
        { id: 'second of that', specId: 'SPEC-2', ended: 301, took: 30 },
      ])
      const gone = 'archive and delete: age'

      await expectPlan(
        store,
        { keepLatest: 2 },
        {
          '\u{1f600}': 'keep: latest',
          '\uffee': 'keep: latest',
          b: gone,
          a: gone,
          'of another stage': 'keep: latest',
          'of another spec': 'keep: latest',
          'first of that': 'keep: latest',
          'second of that': gone,
        },
      )
    })

    it('counts runs among the latest whatever they are: archived, pinned, running', async ({
      store,
      clock,
    }) => {
      await oldRuns(store, clock, [
        { id: 'running', ended: 100, as: 'running' },
        { id: 'pinned', ended: 101, pinned: true },
        { id: 'archived', ended: 102 },
        { id: 'latest', ended: 103 },
        { id: 'old', ended: 104 },
      ])
      await store.archives.add('archived')

      await expectPlan(
        store,
        { keepLatest: 4 },
        {
          running: 'keep: running',
          pinned: 'keep: pinned',
          archived: 'keep: latest',
          latest: 'keep: latest',
          old: 'archive and delete: age',
        },
      )
    })

    it('deletes archived runs when it is their time, and archives nothing twice', async ({
      store,
      clock,
    }) => {
      await oldRuns(store, clock, [
        { id: 'old', ended: 91 },
        { id: 'young', ended: 31 },
      ])
      await store.archives.add('old')
      await store.archives.add('young')

      await expectPlan(store, undefined, { old: 'delete: age', young: 'keep: young' })
    })

    it('never archives or never deletes where a policy says so', async ({ store, clock }) => {
      const runs = [
        { id: 'old', ended: 1_000 },
        { id: 'young', ended: 10 },
      ]
      await oldRuns(store, clock, runs)
      await expectPlan(
        store,
        { archiveAfterDays: 'never', deleteAfterDays: 'never', maxBytes: 0 },
        { old: 'keep: young', young: 'keep: young' },
      )
      await expectPlan(
        store,
        { archiveAfterDays: 11, deleteAfterDays: 'never' },
        {
          old: 'archive: age',
          young: 'keep: young',
        },
      )
      await expectPlan(
        store,
        { archiveAfterDays: 'never', deleteAfterDays: 9.5 },
        {
          old: 'delete: age',
          young: 'delete: age',
        },
      )
    })

    it('goes by the first override that a run fits, and by the policy in what that does not say', async ({
      store,
      clock,
    }) => {
      const of = (id: string, stage: string, labels: Record<string, string> = {}): OldRun => ({
        id,
        stage,
        labels,
        ended: 40,
      })
      await oldRuns(store, clock, [
        of('audit', 'audit'),
        of('audit of a', 'audit', { team: 'a' }),
        of('audit, released', 'audit', { released: 'yes' }),
        of('audit of a, released', 'audit', { team: 'a', released: 'yes' }),
        of('plan', 'plan'),
        of('plan of a', 'plan', { team: 'a' }),
        of('plan of b', 'plan', { team: 'b', constructor: 'x' }),
        of('code', 'code'),
      ])

      await expectPlan(
        store,
        {
          archiveAfterDays: 41,
          deleteAfterDays: 50,
          overrides: [
            { labels: { released: 'yes', team: 'a' }, archiveAfterDays: 'never', deleteAfterDays: 'never' },
            { stage: 'audit', labels: { team: 'a' }, archiveAfterDays: 1 },
            { labels: { team: 'a' }, archiveAfterDays: 1, deleteAfterDays: 40 },
            { stage: 'audit', archiveAfterDays: 40, keepLatest: 0 },
            { labels: { constructor: 'x' }, archiveAfterDays: 40 },
            { stage: 'code', archiveAfterDays: 1, keepLatest: 1 },
          ],
        },
        {
          audit: 'archive: age',
          'audit of a': 'archive: age',
          'audit, released': 'archive: age',
          'audit of a, released': 'keep: young',
          plan: 'keep: young',
          'plan of a': 'archive and delete: age',
          'plan of b': 'archive: age',
          code: 'keep: latest',
        },
      )
    })

    it('brings forward the runs that ended first while there are more bytes than may be', async ({
      store,
      clock,
    }) => {
      await oldRuns(store, clock, [
        { id: 'old', ended: 31 },
        { id: 'pinned', ended: 29, pinned: true },
        { id: 'first', ended: 20, took: 0 },
        { id: 'third', ended: 10, took: 20 },
        { id: 'second b', ended: 15 },
        { id: 'second a', ended: 15 },
        { id: 'running', ended: 1, as: 'running' },
      ])
      const young = { pinned: 'keep: pinned', running: 'keep: running', third: 'keep: young' }
      const plan = async (maxBytes: number) => saidOf(await store.retention.plan({ maxBytes }))

      expect(await plan(60)).toMatchObject({ old: 'archive: age', first: 'keep: young' })
      expect(await plan(59)).toMatchObject({ first: 'archive: budget', 'second a': 'keep: young' })
      expect(await plan(50)).toMatchObject({ first: 'archive: budget', 'second a': 'keep: young' })
      expect(await plan(0)).toMatchObject({ third: 'archive: budget', running: 'keep: running' })
      await expectPlan(
        store,
        { maxBytes: 49 },
        {
          ...young,
          old: 'archive: age',
          first: 'archive: budget',
          'second a': 'archive: budget',
          'second b': 'keep: young',
        },
      )
      await expectPlan(
        store,
        { maxBytes: 39, archiveAfterDays: 'never' },
        {
          ...young,
          old: 'keep: young',
          first: 'keep: young',
          'second a': 'keep: young',
          'second b': 'delete: budget',
        },
      )
    })

    it('counts the bytes of all bodies in UTF-8, and of an archive as it is kept', async ({
      store,
      clock,
    }) => {
      await aFullOldRun(store, clock, 'r', 31)
      const bodies = ['é\u0000\ud800', '{"plan":"😀"}', '{"by":"ü"}', '# Plän', '{}']
      const bytes = bodies.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
      const plan = await store.retention.plan()
      const { archived } = await store.retention.apply()
      const [archive] = (await store.archives.list()).items

      expect(plan).toMatchObject({ archive: { runs: 1, bytes }, keep: { runs: 0, bytes: 0 } })
      expect(archived).toStrictEqual({ runs: 1, bytes })
      expect((await store.retention.plan()).keep).toStrictEqual({ runs: 1, bytes: archive!.bytes })
      expect((await store.retention.plan({ maxBytes: 0 })).keep.runs).toBe(1)
    })

    it('says of each run what and when it is', async ({ store, clock }) => {
      await anOldRun(store, clock, { id: 'r', specId: 'S', stage: 'audit', ended: 100 })

      expect(await store.retention.plan({ archiveAfterDays: 'never' })).toStrictEqual({
        asOf: TODAY,
        archive: { runs: 0, bytes: 0 },
        delete: { runs: 1, bytes: 10 },
        keep: { runs: 0, bytes: 0 },
        decisions: [
          {
            runId: 'r',
            specId: 'S',
            stage: 'audit',
            action: 'delete',
            why: 'age',
            archived: false,
            endedAt: daysAgo(100),
            bytes: 10,
          },
        ],
      })
    })

    it('changes nothing by planning', async ({ store, clock }) => {
      await randomHistory(store, clock, 1)
      await changesNothing(store, async () => {
        for (const policy of policies) await store.retention.plan(policy)
      })
    })

    for (const seed of [1, 2, 3, 4]) {
      it(`does what it planned, whatever the policy, and then there is nothing left to do (${seed})`, {
        timeout: 60_000,
      }, async ({ openStore, clock }) => {
        for (const policy of policies) {
          const store = await openStore()
          await randomHistory(store, clock, seed)
          const before = await seenIn(store)
          const plan = await store.retention.plan(policy)
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
      expect((await store.runs.list({ limit: 1_000 })).items.map(({ id }) => id).sort()).toEqual(
        ids.slice(120),
      )
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
          overrides: [
            { labels: { a: '1' } },
            { stage: 'plan' },
            { stage: 'plan', labels: { a: '1', b: '2' } },
          ],
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
  })
}

async function oldRuns(store: ConsensusStore, clock: Clock, runs: readonly OldRun[]): Promise<void> {
  for (const run of runs) await anOldRun(store, clock, run)
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
