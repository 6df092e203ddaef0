import {
  type ConsensusStore,
  copyStore,
  diff,
  type Event,
  MAX_LIMIT,
  replay,
  stringifyBundle,
  watch,
} from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { lastingDamage } from '../damage.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory, story } from '../story.ts'
import type { DamageablePlace } from '../subject.ts'

/** What a damaged run is to those who read it. */
export function damaged(it: It): void {
  describe('an event of a type nobody knows', () => {
    it('is shown as it is', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      const [known] = await store.events.read('run-1', { after: 8, limit: 1 })
      await befall(damageable, 'an event is of a type nobody knows')

      const unknown = { ...known, type: 'run.renamed' }
      expect(await store.events.read('run-1', { after: 8, limit: 1 })).toStrictEqual([unknown])
      expect(await store.events.readAll({ limit: 1_000 })).toContainEqual(unknown)
      expect(await store.events.readAll({ limit: 1_000 })).toHaveLength(story.length)
    })

    it('travels in the bundle of its run, which no other store takes', async ({
      damageable,
      openStore,
      clock,
    }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      await befall(damageable, 'an event is of a type nobody knows')

      const bundle = (await store.runs.bundle('run-1'))!
      expect(bundle.events[8]).toMatchObject({ sequence: 9, type: 'run.renamed' })
      expect(stringifyBundle(bundle)).toContain('run.renamed')
      const other = await openStore()
      expect((await refusal('INVALID', other.runs.record(bundle))).message).toContain('run.renamed')
      expect(await other.runs.get('run-1')).toBeUndefined()
    })

    it('ends what can be told of the run', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      const before = await replay(store, 'run-1', { to: 8 })
      const row = await store.runs.get('run-1')
      await befall(damageable, 'an event is of a type nobody knows')

      expect(await replay(store, 'run-1', { to: 8 })).toEqual(before)
      expect((await diff(store, 'run-1', 0, 8)).run.after).toEqual(before.run)
      for (const to of [9, 10, undefined]) {
        const refused = await refusal('CORRUPT', replay(store, 'run-1', { to }))
        expect(refused.message).toMatch(/event 9\b.*run\.renamed/)
        await refusal('CORRUPT', diff(store, 'run-1', 8, to))
      }
      expect(await store.runs.get('run-1')).toEqual(row)
      expect((await store.syntheses.list({ runId: 'run-1' })).items).toHaveLength(1)
    })
  })

  describe('an event that says more than anybody knows', () => {
    for (const [where, [what, member]] of Object.entries(furtherMembers)) {
      it(`${where} is shown as it is, and travels in the bundle of its run`, async ({
        damageable,
        clock,
      }) => {
        await using store = await damageable.open({ env: clock })
        await playStory(store, clock)
        await befall(damageable, what)

        const shown = expect.stringContaining(`"${member.split('.').at(-1)}":"me"`)
        const log = await store.events.read('run-1')
        const all = await store.events.readAll({ limit: MAX_LIMIT })
        const watched = await untilTheEnd(store, all.length)
        const { events } = (await store.runs.bundle('run-1'))!
        for (const told of [log, all, watched, events]) expect(JSON.stringify(told)).toEqual(shown)
      })

      it(`${where} is taken by no other store, which would drop it`, async ({
        damageable,
        openStore,
        clock,
      }) => {
        await using store = await damageable.open({ env: clock })
        await playStory(store, clock)
        await befall(damageable, what)

        const other = await openStore()
        const refused = await refusal('INVALID', other.runs.record((await store.runs.bundle('run-1'))!))
        expect(refused.message).toContain(`.data.${member}`)
        const { runs, refusals } = await copyStore(store, other)
        expect(runs).toMatchObject({ copied: 2, refused: 1 })
        expect(refusals).toMatchObject([{ runId: 'run-1', code: 'INVALID' }])
        expect(await other.runs.get('run-1')).toBeUndefined()
      })

      it(`${where} tells what is known of it, and verifying names the rest`, async ({
        damageable,
        clock,
      }) => {
        await using store = await damageable.open({ env: clock })
        await playStory(store, clock)
        const before = await replay(store, 'run-1', { snapshotEvery: 'never' })
        await befall(damageable, what)

        expect(await replay(store, 'run-1', { snapshotEvery: 'never' })).toStrictEqual(before)
        expect((await store.verify()).differences).toContainEqual(
          expect.objectContaining({
            runId: 'run-1',
            what: 'unknown',
            message: expect.stringContaining(member),
          }),
        )
        expect(await store.rebuild()).toMatchObject({ repaired: [] })
      })
    }
  })

  describe('a log whose run has no row', () => {
    for (const [what, statements] of Object.entries(rowless)) {
      it(`is taken for no run that begins now: ${what}`, async ({ damageable, openStore, clock }) => {
        const other = await openStore()
        await playStory(other)
        await using store = await damageable.open({ env: clock })
        await playStory(store, clock)
        for (const statement of statements) await damageable.damage(statement)
        const events = await store.events.readAll({ limit: MAX_LIMIT })

        const anew = { id: 'run-1', specId: 'SPEC-1', stage: 'plan' }
        const beginnings = {
          start: () => store.runs.start(anew),
          record: async () => store.runs.record((await other.runs.bundle('run-1'))!),
          within: () => store.transaction((tx) => tx.runs.start(anew)),
        }
        for (const begin of Object.values(beginnings)) {
          const refused = await refusal('CORRUPT', begin())
          expect(refused.message).toMatch(/run-1.*rebuild/)
        }
        expect(await store.runs.get('run-1')).toBeUndefined()
        expect(await store.events.readAll({ limit: MAX_LIMIT })).toStrictEqual(events)
      })
    }

    it('is still there to be read, and begins again once it was rebuilt', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      const run = (await store.runs.get('run-1'))!
      for (const statement of rowless['of an ended run']) await damageable.damage(statement)

      expect(await store.events.read('run-1')).toHaveLength(13)
      expect((await replay(store, 'run-1')).run).toStrictEqual(run)
      expect((await store.verify()).differences).toMatchObject([{ subject: 'run', what: 'missing' }])
      await store.rebuild()
      const { id, specId, stage, branch, expectedAgents, labels } = run
      expect(await store.runs.start({ id, specId, stage, branch, expectedAgents, labels })).toStrictEqual(run)
    })
  })

  describe('a body that is lost', () => {
    it('is never taken for one that was never there', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      for (const what of ['a response is gone', 'a content is gone', 'a markdown is gone']) {
        await befall(damageable, what)
      }

      expect((await refusal('CORRUPT', store.executions.response('a1'))).message).toContain('a1')
      expect((await refusal('CORRUPT', store.artifacts.get('art-1'))).message).toContain('art-1')
      expect((await refusal('CORRUPT', store.syntheses.get('syn-1'))).message).toContain('syn-1')
      await refusal('CORRUPT', store.syntheses.latest({ specId: 'SPEC-1', stage: 'plan' }))
      await refusal('CORRUPT', store.runs.bundle('run-1'))
      await refusal(
        'CORRUPT',
        store.transaction((tx) => tx.executions.response('a1')),
      )
    })

    it('is no harm to what is beside it', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      await befall(damageable, 'a content is gone')

      expect((await store.artifacts.list({ runId: 'run-1' })).items).toMatchObject([{ id: 'art-1' }])
      expect(await store.executions.response('a1')).toBe('Plan:\n1. do it\r\n')
      expect(await store.runs.bundle('run-2')).toMatchObject({ run: { id: 'run-2' } })
    })
  })

  describe('an event that is illegible', () => {
    it('is CORRUPT to whoever reads it, and to nobody else', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      await befall(damageable, 'an event is illegible')

      await refusal('CORRUPT', store.events.read('run-1'))
      await refusal('CORRUPT', store.runs.bundle('run-1'))
      expect(await store.events.read('run-1', { limit: 8 })).toHaveLength(8)
      expect(await store.events.read('run-2')).toHaveLength(8)
    })

    it('does not stop verifying', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      await befall(damageable, 'an event is illegible')

      expect(await store.verify()).toMatchObject({
        runs: 3,
        events: story.length,
        differences: [
          { runId: 'run-1', subject: 'event 9', what: 'unreadable' },
          { runId: 'run-1', subject: 'log', what: 'differs', member: 'seal' },
        ],
      })
    })
  })
}

const rowless = {
  'of an ended run': ["delete from run where id = 'run-1'"],
  'without its first event': lastingDamage['the row of the run is gone, and its first event']!.statements,
} as const

const furtherMembers = {
  'in its data': ['an event says more than anybody knows', 'by'],
  'within a member of them': ['a member of an event says more than anybody knows', 'failure.by'],
} as const

/** What watching tells from the beginning, until it told so many events. */
async function untilTheEnd(store: ConsensusStore, length: number): Promise<readonly Event[]> {
  const events: Event[] = []
  for await (const event of watch(store)) if (events.push(event) === length) break
  return events
}

async function befall(place: DamageablePlace, what: string): Promise<void> {
  for (const statement of lastingDamage[what]!.statements) await place.damage(statement)
}
