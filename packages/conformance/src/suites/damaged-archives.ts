import { compareStores, copyStore } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import type { Clock } from '../clock.ts'
import { type Damage, damagedRows } from '../damage.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'
import type { DamageablePlace } from '../subject.ts'

const archive = (set: string) => `update archive set ${set} where run_id = 'run-1'`
const ofRun2 = (column: string) =>
  `(select other.${column} from archive as other where other.run_id = 'run-2')`

/** What may befall the archive of the first run of `story`, so that it no longer tells what it held. */
const spoiled: Damage = {
  'its checksum is another': archive(`checksum = 'sha256:${'0'.repeat(64)}'`),
  'its checksum is none': archive("checksum = ''"),
  'its end is gone': archive('bundle = substr(bundle, 1, 200)'),
  'its end is gone, and it says so': archive('bundle = substr(bundle, 1, 100), bytes = 100'),
  'it is empty': archive('bundle = substr(bundle, 1, 0), bytes = 0'),
  'it says fewer bytes than it has': archive('bytes = bytes - 1'),
  'it says fewer bytes than it held': archive('bundle_bytes = bundle_bytes - 1'),
  'it says more bytes than it held': archive('bundle_bytes = bundle_bytes + 1'),
  'it says more bytes than anything holds': archive('bundle_bytes = 9007199254740991'),
  'it says that it held nothing': archive('bundle_bytes = 0'),
  'it holds the bundle of another run': archive(
    ['bundle', 'bytes', 'bundle_bytes', 'checksum']
      .map((column) => `${column} = ${ofRun2(column)}`)
      .join(', '),
  ),
  'it holds what another holds': archive(`bundle = ${ofRun2('bundle')}`),
}

const rowsLeft: Readonly<Record<string, string>> = {
  'execution c1': "update execution set run_id = 'run-1' where agent_id = 'c1'",
  'event 2': "update event set run_id = 'run-1' where run_id = 'run-3' and sequence = 2",
}

const both = ['run-1', 'run-2']

export function damagedArchives(it: It): void {
  describe('a damaged archive', () => {
    for (const [what, statement] of Object.entries(spoiled)) {
      it(`is CORRUPT and changes nothing, and verifying names it: ${what}`, async ({
        damageable,
        clock,
        openStore,
      }) => {
        await using store = await archived(damageable, clock)
        await damageable.damage(statement)

        for (const refused of [
          () => store.archives.get('run-1'),
          () => store.archives.restore('run-1'),
          () => store.archives.add('run-1'),
          () => store.runs.bundle('run-1'),
        ]) {
          const { message } = await refusal('CORRUPT', refused())
          expect(message).toMatch(/archive of run run-1 is damaged/)
        }
        const { differences } = await store.verify()
        expect(differences).toMatchObject([{ runId: 'run-1', subject: 'archive', what: 'unreadable' }])
        const rebuilt = await store.rebuild()
        expect(rebuilt).toMatchObject({ repaired: [], left: [{ runId: 'run-1', subject: 'archive' }] })
        expect(await store.rebuild('run-1', { untold: 'remove' })).toMatchObject({ repaired: [] })

        expect((await store.archives.list()).items.map(({ runId }) => runId).sort()).toEqual(both)
        expect(await store.runs.get('run-1')).toMatchObject({
          archivedAt: expect.any(Date),
          lastSequence: 13,
        })
        expect(await store.archives.restore('run-2')).toMatchObject({ archivedAt: undefined })
        const copy = await openStore()
        const { runs, refusals } = await copyStore(store, copy)
        expect(runs).toMatchObject({ copied: 2, refused: 1 })
        expect(refusals).toMatchObject([{ runId: 'run-1', code: 'CORRUPT' }])
        expect((await compareStores(store, copy)).differing).toEqual([{ runId: 'run-1', how: 'missing' }])
        expect(await store.runs.delete('run-1')).toEqual({ id: 'run-1', agentIds: [] })
        expect((await store.verify()).differences).toEqual([])
      })
    }

    it('that is gone is CORRUPT, and verifying names it', async ({ damageable, clock }) => {
      await using store = await archived(damageable, clock)
      await damageable.damage("delete from archive where run_id = 'run-1'")

      const { message } = await refusal('CORRUPT', store.archives.restore('run-1'))
      expect(message).toContain('archive of run run-1 is lost')
      await refusal('CORRUPT', store.archives.get('run-1'))
      await refusal('CORRUPT', store.archives.add('run-1'))
      await refusal('CORRUPT', store.runs.bundle('run-1'))
      expect((await store.verify('run-1')).differences).toContainEqual(
        expect.objectContaining({ subject: 'archive', what: 'missing' }),
      )
      expect(await store.rebuild()).toMatchObject({ repaired: [] })
      expect(await store.runs.get('run-1')).toMatchObject({ id: 'run-1' })
    })
  })

  describe('the row of an archived run', () => {
    it('is compared with its archive, and restored from it, column by column', { timeout: 120_000 }, async ({
      damageable,
      clock,
    }) => {
      await using store = await archived(damageable, clock)
      const before = await store.runs.get('run-1')
      const damage = { ...damagedRows.run, archived_at: archivedAt('concluded_at'), ...archivedAtLost }
      for (const [column, statement] of Object.entries(damage)) {
        await damageable.damage(statement)
        const { differences } = await store.verify('run-1')
        expect([column, differences]).toMatchObject([column, [{ subject: 'run' }]])
        expect(await store.rebuild('run-1')).toMatchObject({ repaired: ['run-1'], left: [] })
        expect([column, await store.runs.get('run-1')]).toStrictEqual([column, before])
      }
      expect((await store.archives.get('run-1'))?.bundle.events).toHaveLength(13)
    })

    it('that is gone is restored from its archive', async ({ damageable, clock }) => {
      await using store = await archived(damageable, clock)
      const before = await store.runs.get('run-1')
      await damageable.damage("delete from run where id = 'run-1'")

      expect((await store.verify()).differences).toMatchObject([{ subject: 'run', what: 'missing' }])
      expect(await store.rebuild()).toMatchObject({ repaired: ['run-1'], left: [] })
      expect(await store.runs.get('run-1')).toStrictEqual(before)
      expect(await store.archives.restore('run-1')).toMatchObject({ lastSequence: 13 })
    })

    for (const [subject, statement] of Object.entries(rowsLeft)) {
      it(`is all there is: what is left beside its archive is named: ${subject}`, async ({
        damageable,
        clock,
      }) => {
        await using store = await archived(damageable, clock)
        await damageable.damage(statement)
        expect((await store.verify('run-1')).differences).toMatchObject([{ subject, what: 'untold' }])
      })
    }
  })

  describe('a run that is not what its log tells', () => {
    const damages = [
      ['a row', "update artifact set agent_name = 'nobody' where run_id = 'run-1'"],
      [
        'a body',
        "update body set text = 'No.' where position = (select max(response_position) from execution)",
      ],
      ['a lost body', 'delete from body where position = (select content_position from artifact)'],
      ['an event', `update event set data = '{"by":"me"}' where run_id = 'run-1' and sequence = 8`],
      ['the log', "delete from event where run_id = 'run-1' and sequence = 4"],
      ['the end of the log', "delete from event where run_id = 'run-1' and sequence > 10"],
      ['all of the log', "delete from event where run_id = 'run-1'"],
    ] as const
    for (const [what, statement] of damages) {
      it(`is not archived, and stays where it is: ${what}`, async ({ damageable, clock }) => {
        await using store = await damageable.open({ env: clock })
        await playStory(store, clock)
        await damageable.damage(statement)
        const { differences } = await store.verify()

        const { message } = await refusal('CORRUPT', store.archives.add('run-1'))
        expect(message).toMatch(/run-1|art-1/)
        expect((await store.verify()).differences).toEqual(differences)
        expect(await store.archives.list()).toMatchObject({ items: [] })
        expect(await store.runs.get('run-1')).toMatchObject({ archivedAt: undefined })
      })
    }
  })
}

const archivedAt = (value: string) => `update run set archived_at = ${value} where id = 'run-1'`
const archivedAtLost = { 'archived_at lost': archivedAt('null') }

/** A store with the story in it, whose first two runs are archived. */
async function archived(place: DamageablePlace, clock: Clock) {
  const store = await place.open({ env: clock })
  await playStory(store, clock)
  for (const id of both) await store.archives.add(id)
  return store
}
