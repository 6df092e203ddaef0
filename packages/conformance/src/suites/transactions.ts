import type { Nouns } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents, changesNothing, contents } from '../contents.ts'
import { anAgent, anArtifact, aRun, aSynthesis } from '../fixtures.ts'
import { goldenBundle } from '../golden-bundle.ts'
import { increment } from '../increment.ts'
import { call, isNounMethod, methodNames, methods } from '../methods.ts'
import { persistently } from '../persistently.ts'
import { promptly } from '../promptly.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory, story } from '../story.ts'

export function transactions(it: It): void {
  describe('transactions', () => {
    it('do all they do, and give what their work gives', async ({ store, openStore, clock }) => {
      const given = await store.transaction(async (tx) => {
        await playStory(tx, clock)
        return { an: 'object' }
      })
      expect(given).toEqual({ an: 'object' })

      const other = await openStore()
      clock.set(new Date('2026-01-05T09:00:00.000Z'))
      await playStory(other, clock)
      expect((await contents(store)).bundles).toStrictEqual((await contents(other)).bundles)
      expect((await store.verify()).differences).toEqual([])
    })

    it('may do nothing at all', async ({ store }) => {
      expect(await store.transaction(async () => undefined)).toBeUndefined()
      expect(await allEvents(store)).toEqual([])
    })

    it('give back the very value their work gave', async ({ store }) => {
      const value = { when: new Date(0), fn: () => 1 }

      expect(await store.transaction(async () => value)).toBe(value)
    })

    it('see their own writes, in every way of reading', async ({ store }) => {
      await store.transaction(async (tx) => {
        await playStory(tx)
        const run = (await tx.runs.get('run-1'))!
        expect(run).toMatchObject({ status: 'concluded', pinned: false })
        expect((await tx.runs.list()).items).toContainEqual(run)
        expect(await tx.runs.latest({ specId: 'SPEC-1', stage: 'plan' })).toStrictEqual(run)
        expect((await tx.runs.bundle('run-1'))?.run).toStrictEqual(run)
        expect((await tx.executions.list({ runId: 'run-1' })).items).toHaveLength(3)
        expect(await tx.executions.response('a1')).toBe('Plan:\n1. do it\r\n')
        expect((await tx.executions.failures()).items).toHaveLength(3)
        expect((await tx.executions.stale({ olderThan: new Date('2030-01-01') })).items).toHaveLength(1)
        expect(await tx.routes.find('a1')).toMatchObject({ runId: 'run-1' })
        expect([...(await tx.routes.findMany(['a1', 'c1'])).keys()].sort()).toEqual(['a1', 'c1'])
        expect(await tx.artifacts.get('art-1')).toMatchObject({ metadata: { tokens: 512 } })
        expect((await tx.artifacts.list({ runId: 'run-1' })).items).toHaveLength(1)
        expect(await tx.syntheses.latest({ specId: 'SPEC-1', stage: 'plan' })).toMatchObject({ id: 'syn-1' })
        expect((await tx.syntheses.list({ specId: 'SPEC-1', stage: 'plan' })).items).toHaveLength(1)
        expect(await tx.events.read('run-1')).toHaveLength(run.lastSequence)
        expect(await tx.events.readAll()).toHaveLength(story.length)
      })
    })

    it('see what was committed before them', async ({ store }) => {
      await playStory(store)
      const outside = await contents(store)

      expect(await store.transaction((tx) => contents(tx))).toStrictEqual(outside)
    })

    it('undo everything when their work throws', async ({ store }) => {
      await playStory(store)
      await changesNothing(store, async () => {
        const work = store.transaction(async (tx) => {
          await tx.runs.pin('run-3')
          await tx.executions.complete('c1', { response: 'undone' })
          await anArtifact(tx, { runId: 'run-3', id: 'undone' })
          await aSynthesis(tx, { runId: 'run-3', id: 'undone' })
          await tx.runs.record(goldenBundle())
          await tx.runs.conclude('run-3', { verdict: 'failed' })
          throw new Error('changed my mind')
        })
        await expect(work).rejects.toThrow('changed my mind')
      })

      expect(await store.runs.get('golden')).toBeUndefined()
      expect(await store.artifacts.get('undone')).toBeUndefined()
      expect(await store.executions.response('c1')).toBeUndefined()
    })

    it('leave no trace of what they undid in what comes after', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const undone = store.transaction(async (tx) => {
        await anAgent(tx, { runId, agentId: 'a1', agentName: 'claude' })
        throw new Error('undone')
      })
      await expect(undone).rejects.toThrow('undone')
      await anAgent(store, { runId, agentId: 'a1', agentName: 'gemini' })

      expect(await store.routes.find('a1')).toMatchObject({ agentName: 'gemini' })
      expect((await store.events.read(runId)).map(({ sequence }) => sequence)).toEqual([1, 2])
    })

    for (const [what, thrown] of Object.entries({
      'an error': new Error('mine'),
      'an error of another kind': new RangeError('mine'),
      'a frozen error': Object.freeze(new Error('mine')),
      'a string': 'mine',
      'a number': 0,
      undefined: undefined,
      null: null,
      'a symbol': Symbol('mine'),
      'a plain object': { code: 'CONFLICT', message: 'mine' },
    })) {
      it(`reject with the very thing their work threw: ${what}`, async ({ store }) => {
        const outcome = await store
          .transaction(async (tx) => {
            await aRun(tx, { id: 'undone' })
            throw thrown
          })
          .then(
            () => 'resolved',
            (error: unknown) => ({ error }),
          )

        expect(outcome).toHaveProperty('error')
        expect((outcome as { error: unknown }).error).toBe(thrown)
        expect(await store.runs.get('undone')).toBeUndefined()
      })
    }

    it('reject with the very refusal their work let through', async ({ store }) => {
      let refused: unknown
      const work = store.transaction(async (tx) => {
        await aRun(tx, { id: 'undone' })
        await tx.runs.pin('nobody').catch((error: unknown) => {
          refused = error
          throw error
        })
      })

      expect(await refusal('NOT_FOUND', work)).toBe(refused)
      expect(await store.runs.get('undone')).toBeUndefined()
    })

    it('undo everything when their work throws before its first await', async ({ store }) => {
      const thrown = new Error('at once')
      const work = store.transaction(() => {
        throw thrown
      })

      await expect(work).rejects.toBe(thrown)
      await aRun(store)
    })

    it('go on after a refusal that was caught', async ({ store }) => {
      await aRun(store, { id: 'r' })
      await anAgent(store, { runId: 'r', agentId: 'a1' })
      await store.transaction(async (tx) => {
        await anArtifact(tx, { runId: 'r', id: 'before' })
        await refusal('CONFLICT', anAgent(tx, { runId: 'r', agentId: 'a1', agentName: 'claude' }))
        await refusal('CONFLICT', tx.runs.start({ id: 'r', specId: 'other', stage: 'plan' }))
        await refusal('NOT_FOUND', tx.executions.cancel('nobody'))
        await refusal('NOT_FOUND', anArtifact(tx, { runId: 'nobody' }))
        await refusal('INVALID', tx.runs.pin(''))
        await anArtifact(tx, { runId: 'r', id: 'after' })
      })

      const { items } = await store.artifacts.list({ runId: 'r' })
      expect(items.map(({ id }) => id).sort()).toEqual(['after', 'before'])
      expect(await store.runs.get('r')).toMatchObject({ lastSequence: 4 })
    })

    it('refuse the store itself inside them, at once, whatever is called', async ({ store }) => {
      await playStory(store)
      await changesNothing(store, () =>
        store.transaction(async () => {
          for (const name of methodNames) {
            await promptly(refusal('INVALID', call(store, name, methods[name].args)), `${name} inside`)
          }
        }),
      )
    })

    it('refuse the store itself inside them after a pause, and in what they start', async ({ store }) => {
      await store.transaction(async () => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        await promptly(refusal('INVALID', store.runs.list()), 'a call after a pause')
        await promptly(
          Promise.all([1, 2].map(() => Promise.resolve().then(() => refusal('INVALID', aRun(store))))),
          'calls within calls',
        )
      })
      await aRun(store)
    })

    it('leave the store itself free to others, who are not inside them', async ({ store, openStore }) => {
      const other = await openStore()
      await store.transaction(async (tx) => {
        const { id } = await aRun(other)
        expect(await tx.runs.get(id)).toBeUndefined()
      })
    })

    it('are over when they are over: tx is refused afterwards', async ({ store }) => {
      let kept: Nouns | undefined
      await store.transaction(async (tx) => {
        kept = tx
        await playStory(tx)
      })
      await changesNothing(store, async () => {
        for (const name of methodNames) {
          if (isNounMethod(name)) await refusal('INVALID', call(kept!, name, methods[name].args))
        }
      })
    })

    it('are over when their work threw: tx is refused afterwards', async ({ store }) => {
      let kept: Nouns | undefined
      const work = store.transaction(async (tx) => {
        kept = tx
        throw new Error('undone')
      })

      await expect(work).rejects.toThrow('undone')
      await refusal('INVALID', aRun(kept!))
      await refusal('INVALID', kept!.runs.list())
      expect(await allEvents(store)).toEqual([])
    })

    for (const end of ['is done', 'is undone']) {
      it(`settle a call their work did not wait for, when all ${end}`, async ({ store }) => {
        const { id: runId } = await aRun(store)
        let stray: Promise<string> | undefined
        const transaction = store.transaction(async (tx) => {
          await anAgent(tx, { runId, agentId: 'awaited' })
          stray = anAgent(tx, { runId, agentId: 'stray' }).then(
            () => 'answered',
            () => 'refused',
          )
          if (end === 'is undone') throw new Error(end)
        })
        await transaction.catch(() => undefined)
        const outcome = await promptly(stray!, 'a stray call')
        await anAgent(store, { runId, agentId: 'after' })

        const there = await store.routes.findMany(['awaited', 'stray', 'after'])
        if (end === 'is undone') expect([...there.keys()]).toEqual(['after'])
        else expect(there.size).toBe(outcome === 'answered' ? 3 : 2)
        expect((await store.verify()).differences).toEqual([])
      })
    }

    it('lose no update when they read, then write', async ({ store }) => {
      const { id: runId } = await aRun(store)
      await Promise.all(
        Array.from({ length: 20 }, () => persistently(() => store.transaction(increment(runId)))),
      )

      const counted = (await store.runs.bundle(runId))!.artifacts.map(({ content }) => content as number)
      expect(counted.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    })

    it('do not mix with each other, nor with writes outside', async ({ store }) => {
      await aRun(store, { id: 'r' })
      const pair = (i: number) =>
        store.transaction(async (tx) => {
          await anAgent(tx, { runId: 'r', agentId: `t${i}a` })
          await tx.runs.get('r')
          await anAgent(tx, { runId: 'r', agentId: `t${i}b` })
        })
      await Promise.all(
        Array.from({ length: 10 }, (_, i) => [
          persistently(() => pair(i)),
          anAgent(store, { runId: 'r', agentId: `w${i}` }),
        ]).flat(),
      )

      const log = (await store.events.read('r', { after: 1 })).map(
        ({ data }) => (data as { agentId: string }).agentId,
      )
      expect(log).toHaveLength(30)
      for (let i = 0; i < 10; i++) expect(log[log.indexOf(`t${i}a`) + 1]).toBe(`t${i}b`)
    })

    it('may ask for many things at once', async ({ store }) => {
      await store.transaction(async (tx) => {
        const { id: runId } = await aRun(tx, { id: 'r' })
        await Promise.all(Array.from({ length: 20 }, (_, i) => anAgent(tx, { runId, agentId: `a${i}` })))
        const found = await Promise.all(Array.from({ length: 20 }, (_, i) => tx.routes.find(`a${i}`)))
        expect(found.map((route) => route?.agentId)).toEqual(Array.from({ length: 20 }, (_, i) => `a${i}`))
      })

      expect((await store.verify('r')).differences).toEqual([])
      expect(await store.runs.get('r')).toMatchObject({ lastSequence: 21 })
    })
  })
}
