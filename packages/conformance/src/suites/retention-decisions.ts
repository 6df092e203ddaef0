import type { ConsensusStore, RetentionPolicy } from '@consensus-store/core'
import { expect } from 'vitest'
import {
  aFullOldRun,
  anOldRun,
  asPlanned,
  DAY_MS,
  daysAgo,
  expectDone,
  type OldRun,
  oldRuns,
  saidOf,
  seenIn,
  TODAY,
} from '../old-runs.ts'
import type { It } from '../store-test.ts'

const MS = 1 / DAY_MS

/** Which runs are taken, and why. */
export function retentionDecisions(it: It): void {
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

  it('tells specs and stages apart that look alike', async ({ store, clock }) => {
    const named = (id: string, specId: string, stage: string): OldRun => ({ id, specId, stage, ended: 100 })
    const runs = [
      named('space after', 'a', 'b c'),
      named('space before', 'a b', 'c'),
      named('capital spec', 'S', 'plan'),
      named('small spec', 's', 'plan'),
      named('capital stage', 'S', 'Plan'),
    ]
    await oldRuns(store, clock, runs)

    await expectPlan(store, { keepLatest: 1 }, Object.fromEntries(runs.map(({ id }) => [id, 'keep: latest'])))
  })

  it('keeps the latest of a stage that an override is for, when only the policy says so', async ({
    store,
    clock,
  }) => {
    await oldRuns(store, clock, [
      { id: 'older', stage: 'audit', ended: 60 },
      { id: 'newer', stage: 'audit', ended: 55 },
    ])

    await expectPlan(
      store,
      {
        archiveAfterDays: 5,
        deleteAfterDays: 50,
        keepLatest: 1,
        overrides: [{ stage: 'audit', archiveAfterDays: 6 }],
      },
      { older: 'archive and delete: age', newer: 'keep: latest' },
    )
  })

  it('deletes archived runs when it is their time, and archives nothing twice', async ({ store, clock }) => {
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

  it('brings forward neither the latest nor what may never go, however many bytes there are', async ({
    store,
    clock,
  }) => {
    await oldRuns(store, clock, [
      { id: 'held', ended: 20, labels: { hold: 'yes' } },
      { id: 'young', ended: 15 },
      { id: 'latest', ended: 10 },
    ])

    await expectPlan(
      store,
      {
        maxBytes: 0,
        keepLatest: 1,
        overrides: [{ labels: { hold: 'yes' }, archiveAfterDays: 'never', deleteAfterDays: 'never' }],
      },
      { held: 'keep: young', young: 'archive: budget', latest: 'keep: latest' },
    )
  })

  it('counts the bytes of all bodies in UTF-8, and of an archive as it is kept', async ({ store, clock }) => {
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
}

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
