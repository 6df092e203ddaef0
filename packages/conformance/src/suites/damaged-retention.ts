import type { Archive, ConsensusStore, RetentionPolicy } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import type { Clock } from '../clock.ts'
import type { Damage } from '../damage.ts'
import { DAY_MS, saidOf } from '../old-runs.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'
import type { DamageablePlace } from '../subject.ts'

const contentOfArt1 = "(select content_position from artifact where id = 'art-1')"

/** What may befall the first run of `story`, so that its row, its log or a body cannot be read, or is not what it was. */
const spoiled: Damage = {
  'its row is illegible': "update run set expected_agents = '[' where id = 'run-1'",
  'a failure is illegible': "update execution set failure = '{' where agent_id = 'a2'",
  'metadata are illegible': "update artifact set metadata = '{' where id = 'art-1'",
  'a content is illegible': `update body set text = '{' where position = ${contentOfArt1}`,
  'an event is illegible': "update event set data = '{' where run_id = 'run-1' and sequence = 1",
  'a row is not what the log tells': "update execution set agent_name = 'me' where agent_id = 'a1'",
  'a body is lost': `delete from body where position = ${contentOfArt1}`,
  'an event is lost': "delete from event where run_id = 'run-1' and sequence = 4",
}

/** What may befall it, so that nobody can tell whether it is as it was. */
const cutShort: Damage = {
  'its last event is lost': "delete from event where run_id = 'run-1' and sequence = 13",
  'its log is lost': "delete from event where run_id = 'run-1'",
}

/** What may befall it, so that nobody can decide upon it. */
const undecidable: Damage = {
  'its labels are illegible': "update run set labels = '[' where id = 'run-1'",
  'its end is lost': "update run set concluded_at = null where id = 'run-1'",
}

/** What may befall its archive, so that it is not the one that was made. */
const spoiledArchive: Damage = {
  'its checksum is another': "update archive set checksum = 'sha256:0' where run_id = 'run-1'",
  'its end is gone': "update archive set bundle = substr(bundle, 1, 9) where run_id = 'run-1'",
}

const lostArchive: Damage = { 'it is lost': "delete from archive where run_id = 'run-1'" }

/** That what befell one run keeps retention from no other, and is said. */
export function damagedRetention(it: It): void {
  describe('retention of a damaged run', () => {
    for (const [what, statement] of Object.entries({ ...spoiled, ...cutShort })) {
      it(`names it, leaves it, and archives the others: ${what}`, async ({ damageable, clock }) => {
        await using store = await longAgo(damageable, clock)
        await damageable.damage(statement)

        for (const archived of [1, 0]) {
          expect(saidOf(await store.retention.plan(ARCHIVING))).toMatchObject({ 'run-1': 'archive: age' })
          const outcome = await store.retention.apply(ARCHIVING)
          expect(outcome).toMatchObject({ archived: { runs: archived }, failed: [corrupt] })
        }
        expect((await store.archives.list()).items).toMatchObject([{ runId: 'run-2' }])
      })
    }

    for (const [what, statement] of Object.entries(cutShort)) {
      it(`names it, leaves it, and deletes the others: ${what}`, async ({ damageable, clock }) => {
        await using store = await longAgo(damageable, clock)
        await damageable.damage(statement)

        for (const deleted of [1, 0]) {
          const outcome = await store.retention.apply(DELETING)
          expect(outcome).toMatchObject({ deleted: { runs: deleted }, failed: [corrupt] })
        }
        expect(await idsIn(store)).toEqual(['run-1', 'run-3'])
      })
    }

    for (const [what, statement] of Object.entries(undecidable)) {
      for (const policy of [ARCHIVING, DELETING, { maxBytes: 0 }]) {
        it(`names it, leaves it, and takes the others: ${what}, ${JSON.stringify(policy)}`, async ({
          damageable,
          clock,
        }) => {
          await using store = await longAgo(damageable, clock)
          await damageable.damage(statement)
          const plan = await store.retention.plan(policy)
          expect(saidOf(plan)).toMatchObject({ 'run-1': 'keep: unreadable', 'run-3': 'keep: running' })
          const outcome = await store.retention.apply(policy)

          expect(outcome).toStrictEqual({
            asOf: plan.asOf,
            archived: plan.archive,
            deleted: plan.delete,
            failed: [corrupt],
          })
          expect(plan.archive.runs + plan.delete.runs).toBeGreaterThan(0)
          expect(saidOf(await store.retention.plan(policy))).toMatchObject({ 'run-1': 'keep: unreadable' })
          expect(await store.rebuild('run-1')).toMatchObject({ repaired: ['run-1'] })
          expect((await store.retention.apply(policy)).failed).toEqual([])
          expect(saidOf(await store.retention.plan(policy))['run-1'] ?? 'gone').toMatch(/young|gone/)
        })
      }
    }
  })

  describe('retention of a damaged archive', () => {
    for (const [what, statement] of Object.entries({ ...spoiledArchive, ...lostArchive })) {
      it(`leaves it where archives are to be in a folder, names it, and deletes the others: ${what}`, async ({
        damageable,
        clock,
      }) => {
        await using store = await longAgo(damageable, clock)
        for (const id of ['run-1', 'run-2']) await store.archives.add(id)
        await damageable.damage(statement)
        const kept: string[] = []
        const folder = { keep: async ({ runId }: Archive) => void kept.push(runId) }
        const outcome = await store.retention.apply({}, { folder })

        expect(outcome).toMatchObject({ deleted: { runs: 1 }, failed: [corrupt] })
        expect(kept).toEqual(['run-2'])
        expect(await idsIn(store)).toEqual(['run-1', 'run-3'])
      })
    }

    for (const [what, statement] of Object.entries(spoiledArchive)) {
      it(`deletes it as any other where it is the only one: ${what}`, async ({ damageable, clock }) => {
        await using store = await longAgo(damageable, clock)
        await store.archives.add('run-1')
        await damageable.damage(statement)

        expect(await store.retention.apply()).toMatchObject({ deleted: { runs: 2 }, failed: [] })
        expect(await idsIn(store)).toEqual(['run-3'])
      })
    }

    for (const [what, statement] of Object.entries(lostArchive)) {
      it(`names the run whose archive is gone, and leaves its row: ${what}`, async ({
        damageable,
        clock,
      }) => {
        await using store = await longAgo(damageable, clock)
        await store.archives.add('run-1')
        await damageable.damage(statement)

        expect(await store.retention.apply()).toMatchObject({ deleted: { runs: 1 }, failed: [corrupt] })
        expect(await idsIn(store)).toEqual(['run-1', 'run-3'])
      })
    }
  })
}

const ARCHIVING: RetentionPolicy = { deleteAfterDays: 'never' }
const DELETING: RetentionPolicy = { archiveAfterDays: 'never' }

const corrupt = { runId: 'run-1', code: 'CORRUPT', message: expect.stringMatching(/run-1|art-1/) }

/** A store with the story in it, of a hundred days ago. */
async function longAgo(place: DamageablePlace, clock: Clock) {
  const store = await place.open({ env: clock })
  await playStory(store, clock)
  clock.advance(100 * DAY_MS)
  return store
}

async function idsIn(store: ConsensusStore): Promise<readonly string[]> {
  return (await store.retention.plan()).decisions.map(({ runId }) => runId)
}
