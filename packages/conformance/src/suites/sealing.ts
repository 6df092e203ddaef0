import { hash } from 'node:crypto'
import {
  type ConsensusStore,
  copyStore,
  type Event,
  MAX_LIMIT,
  type Nouns,
  replay,
  sealOf,
} from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { changesNothing } from '../contents.ts'
import { anAgent, anArtifact, aRun, aSynthesis } from '../fixtures.ts'
import { forgeries } from '../forgery.ts'
import { goldenBundle } from '../golden-bundle.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

export function sealing(it: It): void {
  describe('a seal', () => {
    it('is taken when a run is concluded, and told by its last event', async ({ store }) => {
      await playStory(store)
      const log = await store.events.read('run-1')
      const { seal } = (await store.runs.get('run-1'))!

      expect(seal).toBe(spelledOut(log.slice(0, 11)))
      expect(log[10]!.data).toMatchObject({ verdict: 'degraded', seal })
      expect((await store.runs.list()).items.map((run) => run.seal)).toEqual([undefined, undefined, seal])
    })

    it('is the same for the same history in every store', async ({ store, openStore }) => {
      const other = await openStore()
      for (const each of [store, other]) {
        await aRun(each, { id: 'elsewhere' })
        await playStory(each)
      }

      expect((await store.runs.get('run-1'))!.seal).toBe((await other.runs.get('run-1'))!.seal)
    })

    it('is over whatever a log can say', async ({ store, clock }) => {
      const hostile = [
        '',
        '"',
        '\\',
        '\n2 run.abandoned 0 {}',
        '\u0000\u0007\u2028',
        '\ud800',
        '😀é',
        "'); --",
        '%s$1',
      ]
      for (const at of [-62_135_596_800_001, -1, 0, 999, 253_402_300_800_000]) {
        clock.set(new Date(at))
        const { id: runId } = await aRun(store, {
          expectedAgents: ['"', '\\', 'é😀'],
          labels: {
            ...Object.fromEntries(hostile.map((text, i) => [`key ${i}`, text])),
            10: 'b',
            9: 'a',
            ['__proto__']: '',
          },
        })
        const { agentId } = await anAgent(store, { runId, modelVersion: '\\u0000' })
        await store.executions.fail(agentId, { reason: 'error', message: hostile.join() })
        await anArtifact(store, { runId, content: hostile, metadata: { a: hostile } })
        await aSynthesis(store, {
          runId,
          agreements: hostile,
          outputPath: '日本語/"\\.md',
          markdown: hostile.join(),
        })
        await store.runs.conclude(runId, {
          verdict: 'failed',
          agreements: hostile,
          conflicts: ['x'.repeat(65_536)],
        })

        await mustBeSealed(store, runId)
      }
      expect((await store.verify()).differences).toEqual([])
    })

    it('is over a log longer than any page', async ({ store }) => {
      const { id: runId } = await aRun(store)
      await Promise.all(Array.from({ length: MAX_LIMIT + 5 }, () => anAgent(store, { runId })))
      await store.runs.conclude(runId, { verdict: 'unanimous' })

      await mustBeSealed(store, runId)
    })

    it('is over what a transaction did itself', async ({ store }) => {
      await aRun(store, { id: 'before' })
      await anAgent(store, { runId: 'before' })
      await store.transaction(async (tx) => {
        await aRun(tx, { id: 'within' })
        for (const runId of ['before', 'within']) {
          await anArtifact(tx, { runId })
          await tx.runs.conclude(runId, { verdict: 'failed' })
          await mustBeSealed(tx, runId)
        }
      })

      for (const runId of ['before', 'within']) await mustBeSealed(store, runId)
    })

    it('is over nothing that was undone', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const undone = store.transaction(async (tx) => {
        await anAgent(tx, { runId })
        await tx.runs.conclude(runId, { verdict: 'failed' })
        throw new Error('no')
      })
      await expect(undone).rejects.toThrow('no')
      expect((await store.runs.get(runId))!.seal).toBeUndefined()
      await store.runs.conclude(runId, { verdict: 'unanimous' })

      await mustBeSealed(store, runId)
    })

    it('is over all that came before it, however much is written at once', async ({ store }) => {
      for (let round = 0; round < 10; round++) {
        const { id: runId } = await aRun(store)
        const agents = Array.from({ length: 12 }, (_, i) => `${round} ${i}`)
        const writing = agents.map((agentId) => anAgent(store, { runId, agentId }))
        await writing[round]
        await Promise.allSettled([
          ...agents.map((agentId) => store.executions.complete(agentId, { response: agentId })),
          ...agents.map((agentId) => anArtifact(store, { runId, content: agentId })),
          store.runs.conclude(runId, { verdict: 'degraded' }),
          ...writing,
        ])

        await mustBeSealed(store, runId)
      }
    })

    it('is one, whoever else concludes the run at once', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const concluded = await Promise.all(
        Array.from({ length: 10 }, () => store.runs.conclude(runId, { verdict: 'failed' })),
      )

      const { seal } = (await store.runs.get(runId))!
      expect(concluded.map((run) => run.seal)).toEqual(concluded.map(() => seal))
      await mustBeSealed(store, runId)
    })

    it('stays as it is when the run is concluded again, and when more happens later', async ({
      store,
      clock,
    }) => {
      const { id: runId } = await aRun(store)
      const { agentId } = await anAgent(store, { runId })
      const { seal } = await store.runs.conclude(runId, { verdict: 'failed' })
      clock.advance(1)
      await changesNothing(store, async () => {
        expect((await store.runs.conclude(runId, { verdict: 'failed' })).seal).toBe(seal)
      })
      await store.executions.complete(agentId, { response: 'late' })
      await store.runs.pin(runId)

      expect((await store.runs.get(runId))!.seal).toBe(seal)
      await mustBeSealed(store, runId)
    })

    it('is none of a run that was abandoned', async ({ store }) => {
      const { id: runId } = await aRun(store)

      expect((await store.runs.abandon(runId)).seal).toBeUndefined()
      expect((await store.verify()).differences).toEqual([])
    })

    it('travels with its run', async ({ store, openStore }) => {
      await playStory(store)
      const other = await openStore()
      await copyStore(store, other)

      const run = (await store.runs.get('run-1'))!
      expect(await other.runs.get('run-1')).toStrictEqual(run)
      expect((await store.runs.bundle('run-1'))!.run.seal).toBe(run.seal)
      expect((await replay(other, 'run-1')).run.seal).toBe(run.seal)
      await mustBeSealed(other, 'run-1')
    })

    it('comes with the bundle that brings a run to its end', async ({ store }) => {
      await store.runs.record(goldenBundle({ upTo: 9 }))
      expect((await store.runs.get('golden'))!.seal).toBeUndefined()
      await store.runs.record(goldenBundle())

      await mustBeSealed(store, 'golden')
    })

    for (const [forgery, statements] of Object.entries(forgeries)) {
      it(`is no longer that of its log when ${forgery}, whatever else holds together`, async ({
        damageable,
        openStore,
        clock,
      }) => {
        await using store = await damageable.open({ env: clock })
        await playStory(store, clock)
        for (const statement of statements) await damageable.damage(statement)

        const broken = {
          runId: 'run-1',
          subject: 'log',
          what: 'differs',
          member: 'seal',
          message: expect.any(String),
        }
        expect((await store.verify()).differences).toEqual([broken])
        expect(await store.rebuild()).toMatchObject({
          repaired: [],
          left: [{ ...broken, why: expect.stringContaining('log is never changed') }],
        })
        const bundle = (await store.runs.bundle('run-1'))!
        const other = await openStore()
        expect((await refusal('INVALID', other.runs.record(bundle))).message).toContain('seal')
        expect(await other.runs.get('run-1')).toBeUndefined()
      })
    }

    it('that is broken keeps rows from being made like the log, until that is told', async ({
      damageable,
      clock,
    }) => {
      await using store = await damageable.open({ env: clock })
      await playStory(store, clock)
      const [log] = forgeries['an agent is another']!
      await damageable.damage(log!)

      const { left } = await store.rebuild()
      expect(left.map(({ subject }) => subject)).toEqual(['log', 'execution a1'])
      expect(await store.executions.get('a1')).toMatchObject({ agentName: 'gemini' })

      expect((await store.rebuild(undefined, { untold: 'remove' })).left).toMatchObject([{ subject: 'log' }])
      expect(await store.executions.get('a1')).toMatchObject({ agentName: 'claude' })
    })
  })
}

async function mustBeSealed(store: Nouns | ConsensusStore, runId: string): Promise<void> {
  const { run, events } = (await store.runs.bundle(runId))!
  const conclusion = events.find(({ type }) => type === 'run.concluded')!
  expect(run.seal).toBe(sealOf(events))
  expect(conclusion.data).toMatchObject({ seal: run.seal })
  expect(run.concludedAt).toEqual(conclusion.at)
}

/** What a seal is, written down once more. */
function spelledOut(log: readonly Event[]): string {
  const lines = log.map(({ sequence, type, at, data }) => {
    const { seal: _, ...told } = { seal: '', ...data }
    return [sequence, type, at.getTime(), JSON.stringify(told)].join(' ')
  })
  return `sha256:${hash('sha256', lines.join('\n'))}`
}
