import {
  type Archive,
  type ConsensusStore,
  type RetentionOptions,
  type RetentionPolicy,
  StoreError,
} from '@consensus-store/core'
import { expect } from 'vitest'
import { changesNothing } from '../contents.ts'
import { aRun } from '../fixtures.ts'
import { daysAgo, oldRuns, saidOf, TODAY } from '../old-runs.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'

/** How retention may be asked, and what a folder is told. */
export function retentionOptions(it: It): void {
  it('refuses options that nobody knows: one may be meant to keep it from what it does', async ({
    store,
    clock,
  }) => {
    await oldRuns(store, clock, [{ id: 'r', ended: 1_000 }])
    const dryRun = { dryRun: true } as RetentionOptions
    await changesNothing(store, async () => {
      for (const { message } of [
        await refusal('INVALID', store.retention.apply({}, dryRun)),
        await refusal('INVALID', store.retention.plan({}, dryRun)),
      ])
        expect(message).toContain('dryRun')
    })
  })

  it('takes no number of days for never because it is large', async ({ store, clock }) => {
    await oldRuns(store, clock, [{ id: 'r', ended: 1_000 }])
    await changesNothing(store, async () => {
      for (const days of [1e302, Number.MAX_VALUE, 100_000_001, Number.POSITIVE_INFINITY, Number.NaN, -1]) {
        const policy: RetentionPolicy = { archiveAfterDays: days, deleteAfterDays: 0 }
        expect((await refusal('INVALID', store.retention.plan(policy))).message).toContain('archiveAfterDays')
        await refusal('INVALID', store.retention.apply(policy))
        await refusal('INVALID', store.retention.apply({ overrides: [{ stage: 'plan', ...policy }] }))
      }
    })

    const longest: RetentionPolicy = { archiveAfterDays: 100_000_000, deleteAfterDays: 'never' }
    expect(saidOf(await store.retention.plan(longest))).toEqual({ r: 'keep: young' })
  })

  it('hears who aborts while it looks at runs', async ({ store, clock }) => {
    clock.set(daysAgo(1))
    await Promise.all(Array.from({ length: 450 }, (_, i) => endedNow(store, `r${i}`)))
    clock.set(TODAY)
    const calls: Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>> = {
      plan: (signal) => store.retention.plan({}, { signal }),
      'plan within a budget': (signal) => store.retention.plan({ maxBytes: 10 }, { signal }),
      'apply within a budget': (signal) => store.retention.apply({ maxBytes: 10 }, { signal }),
    }
    for (const [what, call] of Object.entries(calls)) {
      const stopping = new AbortController()
      const turn = setImmediate(() => stopping.abort(what))
      expect(await call(stopping.signal).catch((reason: unknown) => reason)).toBe(what)
      clearImmediate(turn)
      expect(await call(AbortSignal.abort(what)).catch((reason: unknown) => reason)).toBe(what)
    }
  })

  it('asks a folder whether it keeps anything before it begins, also when nothing is due', async ({
    store,
    clock,
  }) => {
    await oldRuns(store, clock, [{ id: 'r', ended: 1 }])
    const keep = async () => {}
    const [full, broken] = [new StoreError('FULL', 'no room'), new Error('unplugged')]
    await refusal('FULL', store.retention.apply({}, { folder: { keep, check: () => Promise.reject(full) } }))
    const unplugged = { keep, check: () => Promise.reject(broken) }
    await refusal('UNAVAILABLE', store.retention.apply({}, { folder: unplugged }))

    expect(await store.retention.apply({}, { folder: { keep, check: keep } })).toMatchObject({ failed: [] })
  })

  it('brings archives of earlier times into the folder, before it deletes them', async ({ store, clock }) => {
    await oldRuns(store, clock, [
      { id: 'archived', ended: 91 },
      { id: 'archived, and stays', ended: 89 },
      { id: 'never to be archived', stage: 'code', ended: 91 },
      { id: 'refused', ended: 91 },
    ])
    for (const id of ['archived', 'archived, and stays', 'refused']) await store.archives.add(id)
    const before = await store.archives.get('refused')
    const kept: string[] = []
    const folder = {
      async keep({ runId, checksum, bytes }: Archive, compressed: Uint8Array) {
        if (runId === 'refused') throw new StoreError('CONFLICT', 'not that one')
        expect(await store.archives.get(runId)).toMatchObject({ checksum, bytes })
        expect(compressed.length).toBe(bytes)
        kept.push(runId)
      },
    }
    const policy: RetentionPolicy = { overrides: [{ stage: 'code', archiveAfterDays: 'never' }] }
    const outcome = await store.retention.apply(policy, { folder })

    expect(kept).toEqual(['archived'])
    expect(outcome).toMatchObject({
      deleted: { runs: 2 },
      failed: [{ runId: 'refused', code: 'CONFLICT', message: 'not that one' }],
    })
    expect(await store.archives.get('refused')).toStrictEqual(before)
    expect(saidOf(await store.retention.plan(policy))).toEqual({
      'archived, and stays': 'keep: young',
      refused: 'delete: age',
    })
  })

  it('rejects when there is no room for an archive of earlier times, and keeps it', async ({
    store,
    clock,
  }) => {
    await oldRuns(store, clock, [{ id: 'r', ended: 91 }])
    await store.archives.add('r')
    const folder = { keep: () => Promise.reject(new StoreError('FULL', 'no room')) }
    await changesNothing(store, () => refusal('FULL', store.retention.apply({}, { folder })))
  })
}

async function endedNow(store: ConsensusStore, id: string): Promise<void> {
  await aRun(store, { id })
  await store.runs.conclude(id, { verdict: 'unanimous' })
}
