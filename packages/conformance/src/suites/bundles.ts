import { type Bundle, parseBundle, stringifyBundle } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { changesNothing, contents } from '../contents.ts'
import { anAgent, anArtifact, aRun, aSynthesis } from '../fixtures.ts'
import { goldenBundle, goldenBundleRenamed, goldenBundleStartedLater, goldenLine } from '../golden-bundle.ts'
import { lies } from '../lies.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory, story } from '../story.ts'

export function bundles(it: It): void {
  describe('bundles', () => {
    it('hold everything a run owns, as it is found one by one', async ({ store, clock }) => {
      await playStory(store, clock)
      const bundle = (await store.runs.bundle('run-1'))!

      expect(bundle.run).toStrictEqual(await store.runs.get('run-1'))
      expect(bundle.executions.map(({ agentId }) => agentId)).toEqual(['a1', 'a2', 'a3'])
      for (const { response, ...execution } of bundle.executions) {
        expect(execution).toStrictEqual(await store.executions.get(execution.agentId))
        expect(response).toBe(await store.executions.response(execution.agentId))
      }
      expect(bundle.artifacts).toStrictEqual([await store.artifacts.get('art-1')])
      expect(bundle.syntheses).toStrictEqual([await store.syntheses.get('syn-1')])
      expect(bundle.events).toStrictEqual(
        (await store.events.read('run-1')).map(({ runId: _, position: __, ...entry }) => entry),
      )
    })

    it('have their rows oldest first, then by id', async ({ store, clock }) => {
      const { id: runId } = await aRun(store)
      const start = clock.now()
      for (const [id, ms] of Object.entries({ b: 5, '\u{1F600}': 0, '\uE000': 0, c: -5, a: 0 })) {
        clock.set(new Date(start.getTime() + ms))
        await anAgent(store, { runId, agentId: id })
        await anArtifact(store, { runId, id })
        await aSynthesis(store, { runId, id })
      }

      const bundle = (await store.runs.bundle(runId))!
      const oldestFirst = ['c', 'a', '\uE000', '\u{1F600}', 'b']
      expect(bundle.executions.map(({ agentId }) => agentId)).toEqual(oldestFirst)
      expect(bundle.artifacts.map(({ id }) => id)).toEqual(oldestFirst)
      expect(bundle.syntheses.map(({ id }) => id)).toEqual(oldestFirst)
      expect(bundle.events.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: 16 }, (_, i) => i + 1),
      )
    })

    it('hold a log longer than any page', async ({ store, openStore }) => {
      const { id: runId } = await aRun(store)
      await Promise.all(Array.from({ length: 1_100 }, () => anAgent(store, { runId })))
      const bundle = (await store.runs.bundle(runId))!

      expect(bundle.executions).toHaveLength(1_100)
      expect(bundle.events.at(-1)).toMatchObject({ sequence: 1_101 })
      const other = await openStore()
      await other.runs.record(bundle)
      expect(await other.runs.bundle(runId)).toStrictEqual(bundle)
    })

    it('read the same, character for character, from every backend', async ({ store }) => {
      await store.runs.record(goldenBundle())

      expect(stringifyBundle((await store.runs.bundle('golden'))!)).toBe(goldenLine)
    })

    it('are recorded elsewhere as they were, except for their positions', async ({
      store,
      openStore,
      clock,
    }) => {
      await playStory(store, clock)
      const { bundles } = await contents(store)
      const other = await openStore()
      for (const bundle of bundles) {
        clock.advance(1_000)
        expect(await other.runs.record(bundle)).toStrictEqual(bundle.run)
      }

      expect((await contents(other)).bundles).toStrictEqual(bundles)
      expect(await other.routes.find('a2')).toStrictEqual(await store.routes.find('a2'))
      expect(await other.executions.failures()).toStrictEqual(await store.executions.failures())
      expect(await other.syntheses.latest({ specId: 'SPEC-1', stage: 'plan' })).toStrictEqual(
        await store.syntheses.get('syn-1'),
      )
      expect((await other.verify()).differences).toEqual([])
    })

    it('survive being a line of text', async ({ store, openStore }) => {
      await playStory(store)
      const { bundles } = await contents(store)
      const other = await openStore()
      for (const bundle of bundles) {
        const line = stringifyBundle(bundle)
        expect(line).not.toContain('\n')
        await other.runs.record(parseBundle(line))
      }

      expect((await contents(other)).bundles).toStrictEqual(bundles)
    })

    it('go on where they were when the run is still running', async ({ store, openStore, clock }) => {
      await playStory(store, clock)
      const other = await openStore()
      await other.runs.record((await store.runs.bundle('run-3'))!)
      for (const each of [store, other]) {
        await each.executions.complete('c1', { response: 'done' })
        await each.runs.conclude('run-3', { verdict: 'unanimous' })
      }

      expect(await other.runs.bundle('run-3')).toStrictEqual(await store.runs.bundle('run-3'))
    })

    it('of older runs do not make them the latest', async ({ store, clock }) => {
      const old = goldenBundle()
      clock.set(new Date('2026-06-01'))
      const latest = await aRun(store, { id: 'a', specId: 'SPEC-GOLD', stage: 'validate' })
      await aSynthesis(store, { id: 'a', runId: 'a' })
      await store.runs.record(old)

      expect(await store.runs.latest({ specId: 'SPEC-GOLD', stage: 'validate' })).toMatchObject({
        id: latest.id,
      })
      expect(await store.syntheses.latest({ specId: 'SPEC-GOLD', stage: 'validate' })).toMatchObject({
        id: 'a',
      })
      const { items } = await store.runs.list({ specId: 'SPEC-GOLD' })
      expect(items.map(({ id }) => id)).toEqual(['a', 'golden'])
    })

    it('are appended to the store’s log in their own order', async ({ store }) => {
      await aRun(store)
      await store.runs.record(goldenBundle())

      const events = await store.events.readAll()
      expect(events.slice(1).map(({ runId, sequence }) => `${runId} ${sequence}`)).toEqual(
        Array.from({ length: 10 }, (_, i) => `golden ${i + 1}`),
      )
      expect(events.slice(1)).toStrictEqual(await store.events.read('golden'))
    })

    it('bring a run that is there up to where they are', async ({ store, openStore }) => {
      const shorter = goldenBundle({ upTo: 9 })
      await store.runs.record(shorter)
      const before = await store.events.readAll()
      expect(await store.runs.record(goldenBundle())).toMatchObject({ status: 'concluded', lastSequence: 10 })

      const other = await openStore()
      await other.runs.record(goldenBundle())
      expect(await store.runs.bundle('golden')).toStrictEqual(await other.runs.bundle('golden'))
      expect(await store.events.readAll({ limit: before.length })).toStrictEqual(before)
      expect((await store.verify()).differences).toEqual([])
    })

    it('bring a run up from any sequence, with the bodies that came since', async ({ store, openStore }) => {
      await playStory(store)
      const whole = (await store.runs.bundle('run-1'))!
      const other = await openStore()
      const seen: Bundle[] = []
      const growing = await openStore()
      for (const [, write] of story) {
        await write(growing)
        const bundle = await growing.runs.bundle('run-1')
        if (bundle && bundle.events.length !== seen.at(-1)?.events.length) seen.push(bundle)
      }
      for (const bundle of seen) {
        await other.runs.record(bundle)
        expect(await other.runs.bundle('run-1')).toStrictEqual(bundle)
      }

      expect(await other.runs.bundle('run-1')).toStrictEqual(whole)
      expect(await other.executions.response('a1')).toBe('Plan:\n1. do it\r\n')
    })

    it('bring a run up inside a transaction, or not at all', async ({ store }) => {
      await store.runs.record(goldenBundle({ upTo: 4 }))
      await changesNothing(store, async () => {
        const undone = store.transaction(async (tx) => {
          await tx.runs.record(goldenBundle())
          expect(await tx.runs.bundle('golden')).toStrictEqual(goldenBundle())
          throw new Error('undone')
        })
        await expect(undone).rejects.toThrow('undone')
      })
      await store.transaction((tx) => tx.runs.record(goldenBundle()))

      expect(await store.runs.bundle('golden')).toStrictEqual(goldenBundle())
    })

    it('bring a run up once, however many do so at once', async ({ store }) => {
      await store.runs.record(goldenBundle({ upTo: 3 }))
      const lengths = [10, 5, 10, 4, 7, 10, 3, 8]
      const given = await Promise.all(lengths.map((upTo) => store.runs.record(goldenBundle({ upTo }))))

      for (const [i, run] of given.entries()) expect(run.lastSequence).toBeGreaterThanOrEqual(lengths[i]!)
      expect(await store.runs.bundle('golden')).toStrictEqual(goldenBundle())
      const events = await store.events.readAll()
      expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1))
      expect((await store.verify()).differences).toEqual([])
    })

    it('give way to a write that turns the run another way, or go before it', async ({ store }) => {
      await store.runs.record(goldenBundle({ upTo: 4 }))
      const [recorded, completed] = await Promise.allSettled([
        store.runs.record(goldenBundle()),
        store.executions.complete('g2', { response: 'mine' }),
      ])

      const outcomes = [recorded, completed].map(({ status }) => status)
      expect(outcomes.toSorted()).toEqual(['fulfilled', 'rejected'])
      const { reason } = (recorded.status === 'rejected' ? recorded : completed) as PromiseRejectedResult
      expect(reason).toMatchObject({ code: 'CONFLICT' })
      expect((await store.verify()).differences).toEqual([])
    })

    it('and other runs that claim the same agent at once leave it to one of them', async ({ openStore }) => {
      for (let round = 0; round < 6; round++) {
        const store = await openStore()
        await aRun(store, { id: 'other' })
        await store.runs.record(goldenBundle({ upTo: 2 }))
        const [recorded, spawned] = await Promise.allSettled([
          store.runs.record(goldenBundle()),
          // A little later each time, so that it comes in between what recording does.
          elapsed(round).then(() => anAgent(store, { runId: 'other', agentId: 'g2' })),
        ])

        expect([recorded.status, spawned.status].toSorted()).toEqual(['fulfilled', 'rejected'])
        const sequence = recorded.status === 'fulfilled' ? 10 : 2
        expect(await store.runs.bundle('golden')).toStrictEqual(goldenBundle({ upTo: sequence }))
        expect((await store.verify()).differences).toEqual([])
      }
    })

    it('leave a run as it is when it has gone on from there', async ({ store }) => {
      await store.runs.record(goldenBundle())
      await store.runs.unpin('golden')
      await changesNothing(store, async () => {
        for (const bundle of [goldenBundle(), goldenBundle({ upTo: 9 })]) {
          expect(await store.runs.record(bundle)).toStrictEqual(await store.runs.get('golden'))
        }
      })
    })

    it('are refused when the run took another turn', async ({ store }) => {
      await store.runs.record(goldenBundle({ upTo: 9 }))
      await store.runs.abandon('golden')
      await changesNothing(store, async () => {
        await refusal('CONFLICT', store.runs.record(goldenBundle()))
        await refusal('CONFLICT', store.runs.record(goldenBundleStartedLater()))
      })
    })

    it('are refused when the run began at another time', async ({ store }) => {
      await store.runs.record(goldenBundle())
      await changesNothing(store, () => refusal('CONFLICT', store.runs.record(goldenBundleStartedLater())))
    })

    it('that would bring a run up are refused whole when they claim what is another’s', async ({ store }) => {
      await store.runs.record(goldenBundle({ upTo: 6 }))
      await aRun(store, { id: 'other' })
      await aSynthesis(store, { runId: 'other', id: 'gold-syn' })

      await changesNothing(store, () => refusal('CONFLICT', store.runs.record(goldenBundle())))
    })

    for (const [noun, take] of Object.entries({
      agent: (store: Parameters<typeof aRun>[0] & Parameters<typeof anAgent>[0]) =>
        anAgent(store, { runId: 'other', agentId: 'g2' }),
      artifact: (store: Parameters<typeof anArtifact>[0]) =>
        anArtifact(store, { runId: 'other', id: 'gold-art' }),
      synthesis: (store: Parameters<typeof aSynthesis>[0]) =>
        aSynthesis(store, { runId: 'other', id: 'gold-syn' }),
    })) {
      it(`are refused whole when one ${noun} of theirs belongs to another run`, async ({ store }) => {
        await aRun(store, { id: 'other' })
        await take(store)
        await changesNothing(store, () => refusal('CONFLICT', store.runs.record(goldenBundle())))

        expect(await store.runs.get('golden')).toBeUndefined()
        expect(await store.routes.find('g1')).toBeUndefined()
      })

      it(`do not bring a run up when one ${noun} of theirs belongs to another run`, async ({ store }) => {
        await aRun(store, { id: 'other' })
        await take(store)
        await store.runs.record(goldenBundle({ upTo: 1 }))
        await changesNothing(store, () => refusal('CONFLICT', store.runs.record(goldenBundle())))
      })
    }

    for (const [lie, tell] of Object.entries(lies)) {
      it(`are refused when ${lie}`, async ({ store }) => {
        await aRun(store)
        await changesNothing(store, () => refusal('INVALID', store.runs.record(tell(goldenBundle()))))
      })
    }

    it('are refused by the first of the ids that belong to another run, whatever their order', async ({
      store,
    }) => {
      const { id: runId } = await aRun(store, { id: 'owner' })
      for (const agentId of ['g2', 'g1']) await anAgent(store, { runId, agentId })
      await anArtifact(store, { runId, id: 'art' })
      const bundle = goldenBundleRenamed({ 'gold-art': 'art' })
      const { message } = await refusal('CONFLICT', store.runs.record(bundle))

      expect(message).toMatch(/^art is in the bundle/)
    })

    it('are as of one moment while the run goes on', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const writing = Promise.all(
        Array.from({ length: 30 }, async (_, i) => {
          await anAgent(store, { runId, agentId: `a${i}` })
          await store.executions.complete(`a${i}`, { response: `${i}` })
        }),
      )
      const seen = await Promise.all(Array.from({ length: 20 }, () => store.runs.bundle(runId)))
      await writing
      seen.push(await store.runs.bundle(runId))

      for (const bundle of seen) {
        expect(bundle!.run.lastSequence).toBe(bundle!.events.length)
        const told = bundle!.events.filter(({ type }) => type === 'execution.spawned')
        expect(bundle!.executions).toHaveLength(told.length)
      }
      expect(seen.at(-1)!.events).toHaveLength(61)
    })
  })
}

const elapsed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
