import { type ConsensusStore, MAX_LIMIT, type Unrepaired } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { changesNothing, everything } from '../contents.ts'
import { addedRows, damagedRows, everyColumn, lastingDamage, lostRows, renamedRows } from '../damage.ts'
import { anAgent, aRun } from '../fixtures.ts'
import { goldenBundle } from '../golden-bundle.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory, story } from '../story.ts'

const nothingToDo = { repaired: [], agentIds: [], left: [] }

export function rebuilding(it: It): void {
  describe('rebuilding', () => {
    it('does nothing where nothing differs', async ({ store }) => {
      expect(await store.rebuild()).toEqual({ runs: 0, ...nothingToDo })
      await playStory(store)
      await store.runs.record(goldenBundle())

      await changesNothing(store, async () => {
        expect(await store.rebuild()).toEqual({ runs: 4, ...nothingToDo })
        expect(await store.rebuild('run-2')).toEqual({ runs: 1, ...nothingToDo })
        expect(await store.rebuild(undefined, { untold: 'remove' })).toEqual({ runs: 4, ...nothingToDo })
      })
    })

    it('is refused for a run of which there is nothing', async ({ store }) => {
      await playStory(store)
      await refusal('NOT_FOUND', store.rebuild('nobody'))
    })

    it('tells how far it is', async ({ store }) => {
      await playStory(store)
      let runs = 0
      await store.rebuild(undefined, {
        progress: (more) => {
          runs += more
        },
      })

      expect(runs).toBe(3)
    })

    it('goes on beside writers', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const writing = Promise.all(
        Array.from({ length: 40 }, async () => {
          const { agentId } = await anAgent(store, { runId })
          await store.executions.complete(agentId, { response: agentId })
        }),
      )
      const rebuilt = await Promise.all(Array.from({ length: 10 }, () => store.rebuild()))
      await writing

      for (const { repaired, left } of rebuilt) expect({ repaired, left }).toEqual({ repaired: [], left: [] })
      expect(await store.verify()).toEqual({ runs: 1, events: 81, differences: [] })
    })

    it('touches no row of a run that does not differ', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      await damageable.freeze(['run-2', 'run-3'])
      await damageable.damage("update run set stage = 'other' where id = 'run-1'")

      expect(await store.rebuild()).toEqual({ ...nothingToDo, runs: 3, repaired: ['run-1'] })
      await damageable.freeze(['run-1'])
      expect(await store.rebuild()).toEqual({ ...nothingToDo, runs: 3 })
      expect(await store.rebuild(undefined, { untold: 'remove' })).toEqual({ ...nothingToDo, runs: 3 })
      // What is frozen is, or the above shows nothing.
      await expect(store.runs.pin('run-1')).rejects.toThrow()
    })
  })

  describe('rebuilding restores', () => {
    it('no less than every column there is', async ({ damageable }) => {
      await using _ = await damageable.open()
      for (const statement of everyColumn) await damageable.damage(statement)
    })

    for (const [subject, damage] of Object.entries(damagedRows)) {
      it(`every column of a row, once verifying has named it: ${subject}`, { timeout: 120_000 }, async ({
        damageable,
        clock,
      }) => {
        await using store = await damageable.open({ env: clock })
        await playStory(store, clock)
        const before = await everything(store)
        const outcomes: Record<string, unknown> = {}
        for (const [column, statement] of Object.entries(damage)) {
          await damageable.damage(statement)
          const named = (await store.verify()).differences.some(isOf('run-1', subject))
          const { left } = await store.rebuild()
          outcomes[column] = { named, left, same: await isAsBefore(store, before) }
        }

        const restored = { named: true, left: [], same: true }
        expect(outcomes).toEqual(Object.fromEntries(Object.keys(damage).map((column) => [column, restored])))
      })
    }

    for (const [subject, statement] of Object.entries(lostRows)) {
      it(`a row that is gone: ${subject}`, async ({ damageable, clock }) => {
        await using store = await damageable.open({ env: clock })
        await playStory(store, clock)
        const before = await everything(store)
        await damageable.damage(statement)

        expect((await store.verify('run-1')).differences).toMatchObject([{ subject, what: 'missing' }])
        expect(await store.rebuild('run-1')).toMatchObject({ runs: 1, repaired: ['run-1'], left: [] })
        await mustBeAsBefore(store, before)
      })
    }

    it('all rows of all runs, from their logs alone', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await aRunWithoutMetadata(store, 'r1')
      await aRunWithoutMetadata(store, 'r2')
      const before = await everything(store)
      for (const table of ['execution', 'artifact', 'synthesis', 'run']) {
        await damageable.damage(`delete from ${table}`)
      }
      expect((await store.runs.list()).items).toEqual([])

      expect((await store.rebuild()).left).toEqual([])
      await mustBeAsBefore(store, before)
    })

    it('every run, to the last of more than a page', { timeout: 120_000 }, async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      const ids = Array.from({ length: MAX_LIMIT + 2 }, (_, i) => `r${String(i).padStart(5, '0')}`)
      await Promise.all(ids.map((id) => aRun(store, { id })))
      await damageable.damage("update run set stage = 'other'")

      expect((await store.verify()).differences.map(({ runId }) => runId)).toEqual(ids)
      expect(await store.rebuild()).toMatchObject({ runs: ids.length, repaired: ids, left: [] })
      expect((await store.verify()).differences).toEqual([])
    })

    it('only the run it is told to', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      await damageable.damage("update run set branch = 'other'")

      expect(await store.rebuild('run-2')).toMatchObject({ runs: 1, repaired: ['run-2'] })
      expect((await store.verify()).differences.map(({ runId }) => runId)).toEqual(['run-1', 'run-3'])
    })

    it('routes, and tells of which agents', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      const before = await store.routes.find('a2')
      await damageable.damage("update execution set stage = 'other' where agent_id in ('a2', 'a3')")

      expect(await store.rebuild()).toMatchObject({ repaired: ['run-1'], agentIds: ['a2', 'a3'] })
      expect(await store.routes.find('a2')).toEqual(before)
    })

    it('metadata that another row of the run still has', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      const before = await everything(store)
      await damageable.damage(renamedRows['artifact art-1']!)

      const { left } = await store.rebuild()
      expect(left).toMatchObject([{ subject: 'artifact renamed', what: 'untold' }])
      expect(await store.artifacts.get('art-1')).toMatchObject({ metadata: { tokens: 512 } })
      await store.rebuild(undefined, { untold: 'remove' })
      await mustBeAsBefore(store, before)
    })

    for (const [what, statements] of Object.entries(misplacedBodies)) {
      it(`bodies whose text is elsewhere in the run: ${what}`, async ({ damageable, clock }) => {
        await using store = await damageable.open({ env: clock })
        await playStory(store, clock)
        const before = await everything(store)
        for (const statement of statements) await damageable.damage(statement)

        expect((await store.verify()).differences).not.toEqual([])
        expect(await store.rebuild()).toMatchObject({ repaired: ['run-1'], left: [] })
        await mustBeAsBefore(store, before)
      })
    }

    it('a body that is lost, when another of the run has the same text', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await aRunWithoutMetadata(store, 'r1')
      const before = await everything(store)
      await damageable.damage('delete from body where position = (select response_position from execution)')

      expect((await store.rebuild()).left).toEqual([])
      await mustBeAsBefore(store, before)
    })

    it('a run while its agents answer', { timeout: 120_000 }, async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      const { id: runId } = await aRun(store, { id: 'busy' })
      const agents = Array.from({ length: 60 }, (_, i) => `a${i}`)
      await Promise.all(agents.map((agentId) => anAgent(store, { runId, agentId })))
      await damageable.damage("update execution set agent_name = 'other', branch = 'other'")

      const answering = agents.map((agentId) => store.executions.complete(agentId, { response: agentId }))
      const rebuilding = [store.rebuild(), store.rebuild(runId)]
      await Promise.all([...answering, ...rebuilding])
      expect((await store.rebuild()).left).toEqual([])
      expect(await store.verify()).toEqual({ runs: 1, events: 121, differences: [] })
      expect((await store.executions.list({ status: 'completed', limit: 100 })).items).toHaveLength(60)
    })

    it('what several that rebuild at once find, each row once', { timeout: 120_000 }, async ({
      damageable,
      clock,
    }) => {
      await using store = await damageable.open({ env: clock })
      await using other = await damageable.open({ env: clock })
      for (let i = 0; i < 20; i++) await aRunWithoutMetadata(store, `r${i}`)
      const before = await everything(store)
      for (const table of ['execution', 'artifact', 'synthesis', 'run']) {
        await damageable.damage(`delete from ${table}`)
      }

      const rebuilding = [store, other, store, other].map((each) => each.rebuild())
      for (const { left } of await Promise.all(rebuilding)) expect(left).toEqual([])
      await mustBeAsBefore(other, before)
    })

    it('appends nothing to the log', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      await damageable.damage("delete from execution where run_id = 'run-1'")
      await store.rebuild()

      expect(await store.events.readAll({ limit: MAX_LIMIT })).toHaveLength(story.length)
      await store.runs.pin('run-1')
      expect(await store.events.read('run-1', { after: 13 })).toMatchObject([{ sequence: 14 }])
    })
  })

  describe('rebuilding keeps', () => {
    for (const [runId, subject, statement] of addedRows) {
      it(`what no event tells of, until it is told to remove it: ${subject} in ${runId}`, async ({
        damageable,
        clock,
      }) => {
        await using store = await damageable.open({ env: clock })
        await playStory(store, clock)
        const before = await everything(store)
        await damageable.damage(statement)

        expect((await store.verify()).differences).toContainEqual(
          expect.objectContaining({ runId, subject, what: 'untold' }),
        )
        const kept = await store.rebuild()
        expect(kept).toMatchObject({ repaired: [] })
        expect(kept.left.filter(isOf(runId, subject))).toMatchObject([
          { what: 'untold', why: expect.any(String) },
        ])
        const removed = await store.rebuild(undefined, { untold: 'remove' })
        expect(removed).toMatchObject({ repaired: [runId], left: [] })
        await mustBeAsBefore(store, before)
      })
    }

    for (const [subject, statement] of Object.entries(renamedRows)) {
      it(`a row under another name beside the one it restores: ${subject}`, async ({ damageable, clock }) => {
        await using store = await damageable.open({ env: clock })
        await playStory(store, clock)
        const before = await everything(store)
        await damageable.damage(statement)

        const { left } = await store.rebuild()
        expect(left.map(({ what }) => what)).toEqual(left.map(() => 'untold'))
        expect(left).not.toEqual([])
        expect((await store.rebuild(undefined, { untold: 'remove' })).left).toEqual([])
        await mustBeAsBefore(store, before)
      })
    }

    it('bodies that no event tells of, until it is told to remove them', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      const before = await everything(store)
      const first = (await store.events.read('run-1'))[0]!.position
      await damageable.damage(`insert into body (position, text) values (1000000, 'whose?')`)
      await damageable.damage(`insert into body (position, text) values (${first}, 'whose?')`)

      const stray = { runId: undefined, subject: 'body 1000000', what: 'untold' }
      const misplaced = { runId: 'run-1', subject: `body ${first}`, what: 'untold' }
      expect((await store.verify()).differences).toMatchObject([misplaced, stray])
      expect((await store.rebuild()).left).toMatchObject([misplaced, stray])
      expect((await store.rebuild(undefined, { untold: 'remove' })).left).toEqual([])
      await mustBeAsBefore(store, before)
    })

    it('a text that no event tells of where another belongs, until it is told to remove it', async ({
      damageable,
      clock,
    }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      const before = await everything(store)
      const [moved] = misplacedBodies['one lies where no body belongs']
      await damageable.damage(moved)
      await damageable.damage(
        "insert into body (position, text) select response_position, 'whose?' from execution where agent_id = 'a1'",
      )

      expect((await store.rebuild()).left).toMatchObject([
        { what: 'untold' },
        { subject: 'execution a1', what: 'differs', member: 'response' },
      ])
      expect(await store.executions.response('a1')).toBe('whose?')
      expect((await store.rebuild(undefined, { untold: 'remove' })).left).toEqual([])
      await mustBeAsBefore(store, before)
    })

    it('what rows say beyond the end of their log, until it is told not to', async ({
      damageable,
      clock,
    }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      for (const statement of lastingDamage['the last event is gone']!.statements) {
        await damageable.damage(statement)
      }
      const rows = await store.executions.get('a3')
      const { left } = await store.rebuild()
      expect(left.map(({ subject }) => subject)).toContain('execution a3')
      expect(await store.executions.get('a3')).toEqual(rows)

      expect((await store.rebuild('run-1', { untold: 'remove' })).left).toEqual([])
      expect(await store.executions.get('a3')).toMatchObject({ status: 'spawned' })
      expect(await store.runs.get('run-1')).toMatchObject({ lastSequence: 11 })
    })

    for (const [what, { statements, named }] of Object.entries(lastingDamage)) {
      it(`naming what it cannot restore: ${what}`, async ({ damageable, clock }) => {
        await using store = await damageable.open({ env: clock })
        await playStory(store, clock)
        const others = await Promise.all(['run-2', 'run-3'].map((id) => store.runs.bundle(id)))
        for (const statement of statements) await damageable.damage(statement)

        const found = await store.verify()
        for (const [subject, what, runId = 'run-1'] of named) {
          expect(found.differences).toContainEqual(expect.objectContaining({ runId, subject, what }))
        }
        const { left } = await store.rebuild()
        expect(left).not.toEqual([])
        expect(left.map(withoutWhy)).toEqual((await store.verify()).differences)
        for (const { why } of left) expect(why).not.toBe('')
        expect((await store.rebuild()).repaired).toEqual([])
        expect(await Promise.all(['run-2', 'run-3'].map((id) => store.runs.bundle(id)))).toEqual(others)
      })
    }

    it('every body it did not find fault with', async ({ damageable, clock }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      await damageable.damage("delete from artifact where id = 'art-1'")
      await damageable.damage("update body set text = 'No.' where text like 'Plan:%'")
      await store.rebuild()

      expect(await store.artifacts.get('art-1')).toMatchObject({
        content: { z: 1, a: [null, true, -0] },
        // They went with the row, and are not made up.
        metadata: null,
      })
      expect(await store.executions.response('a2')).toBe('Sorry \ud800')
      expect(await store.executions.response('a3')).toBe('')
      expect(await store.syntheses.get('syn-1')).toMatchObject({ markdown: '# Plan\u0000' })
    })
  })
}

const misplacedBodies = {
  'one lies where no body belongs': [
    `update body set position = (select position from event where run_id = 'run-1' and sequence = 8)
      where position = (select response_position from execution where agent_id = 'a1')`,
  ],
  'two have changed places': [
    `update body set position = 1000000
      where position = (select response_position from execution where agent_id = 'a1')`,
    `update body set position = (select response_position from execution where agent_id = 'a1')
      where position = (select markdown_position from synthesis)`,
    'update body set position = (select markdown_position from synthesis) where position = 1000000',
  ],
  'three have moved on in a circle': [
    `update body set position = 1000000
      where position = (select response_position from execution where agent_id = 'a1')`,
    `update body set position = (select response_position from execution where agent_id = 'a1')
      where position = (select markdown_position from synthesis)`,
    `update body set position = (select markdown_position from synthesis)
      where position = (select content_position from artifact)`,
    'update body set position = (select content_position from artifact) where position = 1000000',
  ],
} as const

const isOf =
  (runId: string, subject: string) =>
  (difference: { readonly runId: string | undefined; readonly subject: string }) =>
    difference.runId === runId && difference.subject === subject

const withoutWhy = ({ why: _, ...difference }: Unrepaired) => difference

type Everything = Awaited<ReturnType<typeof everything>>

async function mustBeAsBefore(store: ConsensusStore, before: Everything): Promise<void> {
  expect((await store.verify()).differences).toEqual([])
  expect(await everything(store)).toStrictEqual(before)
}

const isAsBefore = (store: ConsensusStore, before: Everything): Promise<true | string> =>
  mustBeAsBefore(store, before).then(
    () => true as const,
    (error: Error) => error.message,
  )

async function aRunWithoutMetadata(store: ConsensusStore, id: string): Promise<void> {
  await aRun(store, { id })
  await anAgent(store, { runId: id, agentId: `${id} a` })
  await store.executions.complete(`${id} a`, { response: id })
  await store.artifacts.add({ id: `${id} x`, runId: id, agentName: 'code', content: [id] })
  await store.syntheses.add({ id: `${id} s`, runId: id, verdict: 'failed', markdown: id })
  await store.runs.conclude(id, { verdict: 'failed' })
}
