import type { Nouns } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents, changesNothing, contents, everything } from '../contents.ts'
import { anAgent, anArtifact, anEndedRun, aRun, aSynthesis } from '../fixtures.ts'
import { goldenBundle } from '../golden-bundle.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

export function deleting(it: It): void {
  describe('deleting a run', () => {
    it('takes all it owns, wherever one looks', async ({ store, clock }) => {
      await playStory(store, clock)
      await store.runs.delete('run-1')

      await mustBeGone(store, 'run-1')
      expect(await store.runs.latest({ specId: 'SPEC-1', stage: 'plan' })).toBeUndefined()
      expect(await store.syntheses.latest({ specId: 'SPEC-1', stage: 'plan' })).toBeUndefined()
    })

    it('leaves every other run as it was', async ({ store, clock }) => {
      await playStory(store, clock)
      await store.runs.record(goldenBundle())
      const before = await everything(store)
      await store.runs.delete('run-1')

      const left = await everything(store)
      const ofOthers = <T extends { readonly runId: string }>(rows: readonly T[]) =>
        rows.filter(({ runId }) => runId !== 'run-1')
      expect(left.bundles).toStrictEqual(before.bundles.filter(({ run }) => run.id !== 'run-1'))
      expect(left.runs).toStrictEqual(before.runs.filter(({ id }) => id !== 'run-1'))
      expect(left.executions).toStrictEqual(ofOthers(before.executions))
      expect([...left.routes.values()]).toStrictEqual(ofOthers([...before.routes.values()]))
      expect(left.events).toStrictEqual(ofOthers(before.events))
      expect(await store.verify()).toEqual({ runs: 3, events: left.events.length, differences: [] })
    })

    it('gives its agents, however they ended, in the order of code points', async ({ store }) => {
      await aRun(store, { id: 'r' })
      const agentIds = ['A', 'Z', 'a', '\uD7FF', '\uE000', '\uFFFD', '\u{10000}', '\u{1F600}']
      for (const i of [5, 0, 7, 2, 4, 6, 1, 3]) await anAgent(store, { runId: 'r', agentId: agentIds[i]! })
      const { executions } = store
      await Promise.all(agentIds.slice(4).map((agentId) => executions.cancel(agentId)))
      await executions.complete('A', { response: 'done' })
      await executions.fail('Z', { reason: 'error', message: 'broke', response: 'half' })
      await executions.timeOut('a')
      await executions.start('\uD7FF')
      await executions.complete('\uD7FF', { response: '' })
      await store.runs.abandon('r')

      expect(await store.runs.delete('r')).toStrictEqual({ id: 'r', agentIds })
    })

    it('gives no agents when it had none', async ({ store }) => {
      await anEndedRun(store, 'r')

      expect(await store.runs.delete('r')).toStrictEqual({ id: 'r', agentIds: [] })
    })

    it('that was recorded takes it like any other', async ({ store }) => {
      await store.runs.record(goldenBundle())
      await store.runs.unpin('golden')

      expect(await store.runs.delete('golden')).toStrictEqual({ id: 'golden', agentIds: ['g1', 'g2'] })
      expect(await contents(store)).toEqual({ bundles: [], events: [] })
    })

    it('of many agents and bodies takes them all', { timeout: 60_000 }, async ({ store }) => {
      await aRun(store, { id: 'large' })
      const agentIds = Array.from({ length: 1_200 }, (_, i) => `a${String(i).padStart(4, '0')}`)
      await Promise.all(
        agentIds.map(async (agentId) => {
          await anAgent(store, { runId: 'large', agentId })
          await store.executions.complete(agentId, { response: agentId })
        }),
      )
      await store.runs.conclude('large', { verdict: 'unanimous' })

      expect(await store.runs.delete('large')).toStrictEqual({ id: 'large', agentIds })
      expect(await contents(store)).toEqual({ bundles: [], events: [] })
      expect((await store.routes.findMany(agentIds.slice(0, 1_000))).size).toBe(0)
    })

    it('that is not there gives undefined and changes nothing, however often', async ({ store, clock }) => {
      await playStory(store, clock)
      await store.runs.delete('run-1')

      await changesNothing(store, async () => {
        for (const id of ['run-1', 'run-1', 'nobody', 'RUN-2']) {
          expect(await store.runs.delete(id)).toBeUndefined()
        }
      })
    })

    for (const [state, make] of Object.entries(undeletable)) {
      it(`is CONFLICT and changes nothing while it ${state}`, async ({ store }) => {
        await anEndedRun(store, 'other')
        await make(store)

        await changesNothing(store, async () => {
          const { message } = await refusal('CONFLICT', store.runs.delete('r'))
          expect(message).toContain('r')
        })
      })
    }

    it('succeeds once nothing is in the way any more', async ({ store }) => {
      await aRun(store, { id: 'r' })
      await anAgent(store, { runId: 'r', agentId: 'a' })
      await store.runs.pin('r')
      await refusal('CONFLICT', store.runs.delete('r'))
      await store.runs.conclude('r', { verdict: 'failed' })
      await refusal('CONFLICT', store.runs.delete('r'))
      await store.runs.unpin('r')
      await refusal('CONFLICT', store.runs.delete('r'))
      await store.executions.complete('a', { response: 'late' })

      expect(await store.runs.delete('r')).toEqual({ id: 'r', agentIds: ['a'] })
    })
  })

  describe('the id of a deleted run', () => {
    it('can be used again, with other facts, and brings nothing back', async ({ store, clock }) => {
      await playStory(store, clock)
      await store.runs.delete('run-1')
      const again = await store.runs.start({ id: 'run-1', specId: 'OTHER', stage: 'tasks' })

      expect(again).toMatchObject({ lastSequence: 1, labels: {}, pinned: false, verdict: undefined })
      expect(await store.runs.bundle('run-1')).toMatchObject({
        run: { specId: 'OTHER' },
        executions: [],
        artifacts: [],
        syntheses: [],
        events: [{ sequence: 1, type: 'run.started' }],
      })
      expect((await store.routes.findMany(['a1', 'a2', 'a3'])).size).toBe(0)
      expect((await store.executions.list({ runId: 'run-1' })).items).toEqual([])
      expect((await store.artifacts.list({ runId: 'run-1' })).items).toEqual([])
      expect((await store.syntheses.list({ runId: 'run-1' })).items).toEqual([])
      expect((await store.verify()).differences).toEqual([])
    })

    it('is as free as those of its agents, artifacts and syntheses', async ({ store, clock }) => {
      await playStory(store, clock)
      await store.runs.delete('run-1')
      const runId = 'run-3'
      await anAgent(store, { runId, agentId: 'a1', agentName: 'another' })
      await anArtifact(store, { runId, id: 'art-1', content: 'another' })
      await aSynthesis(store, { runId, id: 'syn-1', markdown: 'another' })

      expect(await store.routes.find('a1')).toMatchObject({ runId, agentName: 'another' })
      expect(await store.executions.response('a1')).toBeUndefined()
      expect(await store.artifacts.get('art-1')).toMatchObject({ runId, content: 'another' })
      expect(await store.syntheses.get('syn-1')).toMatchObject({ runId, markdown: 'another' })
      expect((await store.verify()).differences).toEqual([])
    })

    it('can be recorded again, as it was', async ({ store }) => {
      await store.runs.record(goldenBundle())
      const before = await store.runs.bundle('golden')
      await store.runs.unpin('golden')
      await store.runs.delete('golden')
      await store.runs.record(goldenBundle())

      expect(await store.runs.bundle('golden')).toStrictEqual(before)
      expect((await store.verify()).differences).toEqual([])
    })

    it('can be deleted again, with what it has then', async ({ store }) => {
      for (const agentId of ['first', 'second']) {
        await anEndedRun(store, 'r', agentId)

        expect(await store.runs.delete('r')).toEqual({ id: 'r', agentIds: [agentId] })
      }
    })
  })

  describe('the positions of deleted events', () => {
    it('are never used again', async ({ store }) => {
      const used: number[] = []
      for (let i = 0; i < 5; i++) {
        await anEndedRun(store, 'kept', `kept ${i}`).catch(() => undefined)
        await anEndedRun(store, 'r', `a${i}`)
        used.push(...(await allEvents(store)).map(({ position }) => position))
        await store.runs.delete('r')
      }

      const ofKept = (await allEvents(store)).map(({ position }) => position)
      const everUsed = new Set(used)
      expect(everUsed.size).toBe(ofKept.length + 5 * 4)
    })

    it('are behind whoever follows the log: what comes next comes after them', async ({ store }) => {
      for (const id of ['one', 'other', 'last']) await anEndedRun(store, id)
      const seen = (await allEvents(store)).map(({ position }) => position)
      // The last event there is, the first, and then all.
      for (const id of ['last', 'one', 'other']) {
        await store.runs.delete(id)
        expect(await store.events.readAll({ after: seen.at(-1)! })).toEqual([])
        await anEndedRun(store, id)
        const news = await store.events.readAll({ after: seen.at(-1)! })
        expect(news.map(({ runId, sequence }) => [runId, sequence])).toEqual([
          [id, 1],
          [id, 2],
        ])
        seen.push(...news.map(({ position }) => position))
      }

      expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b))
    })

    it('are gaps between pages, and nothing else', async ({ store }) => {
      const ids = Array.from({ length: 9 }, (_, i) => `r${i}`)
      for (const id of ids) await anEndedRun(store, id)
      for (const id of ['r1', 'r2', 'r3', 'r5', 'r8']) await store.runs.delete(id)
      const seen: string[] = []
      let after = 0
      while (true) {
        const page = await store.events.readAll({ after, limit: 3 })
        seen.push(...page.map(({ runId, sequence }) => `${runId} ${sequence}`))
        if (page.length < 3) break
        after = page.at(-1)!.position
      }

      expect(seen).toEqual(['r0', 'r4', 'r6', 'r7'].flatMap((id) => [`${id} 1`, `${id} 2`]))
    })

    it('stay so when the place is opened again', async ({ durablePlace }) => {
      const before = await durablePlace.open()
      await anEndedRun(before, 'r', 'a')
      const { position } = (await before.events.readAll()).at(-1)!
      await before.runs.delete('r')
      await before.close()

      await using after = await durablePlace.open()
      expect(await contents(after)).toEqual({ bundles: [], events: [] })
      expect(await after.routes.find('a')).toBeUndefined()
      expect(await after.runs.delete('r')).toBeUndefined()
      await aRun(after, { id: 'r' })
      expect(await after.events.readAll({ after: position })).toMatchObject([{ runId: 'r', sequence: 1 }])
      expect((await after.verify()).differences).toEqual([])
    })
  })

  describe('deleting inside a transaction', () => {
    it('is seen inside at once, and outside when it is done', async ({ store, clock }) => {
      await playStory(store, clock)
      await store.transaction(async (tx) => {
        expect(await tx.runs.delete('run-1')).toEqual({ id: 'run-1', agentIds: ['a1', 'a2', 'a3'] })
        expect(await tx.runs.delete('run-1')).toBeUndefined()
        await mustBeGone(tx, 'run-1')
        expect(await tx.runs.get('run-2')).toBeDefined()
      })

      await mustBeGone(store, 'run-1')
      expect((await store.verify()).differences).toEqual([])
    })

    it('is undone with it', async ({ store, clock }) => {
      await playStory(store, clock)
      await changesNothing(store, async () => {
        const undone = store.transaction(async (tx) => {
          await tx.runs.delete('run-1')
          await aRun(tx, { id: 'run-1', specId: 'OTHER' })
          await tx.runs.delete('run-2')
          throw new Error('undone')
        })
        await expect(undone).rejects.toThrow('undone')
      })
    })

    it('goes on after a refusal, which changed nothing', async ({ store, clock }) => {
      await playStory(store, clock)
      await store.transaction(async (tx) => {
        await refusal('CONFLICT', tx.runs.delete('run-3'))
        await tx.executions.complete('c1', { response: 'done' })
        await refusal('CONFLICT', tx.runs.delete('run-3'))
        await tx.runs.conclude('run-3', { verdict: 'unanimous' })
        expect(await tx.runs.delete('run-3')).toEqual({ id: 'run-3', agentIds: ['c1'] })
      })

      expect((await store.runs.list()).items.map(({ id }) => id).sort()).toEqual(['run-1', 'run-2'])
      expect((await store.verify()).differences).toEqual([])
    })

    it('frees the ids for what comes after it there', async ({ store, clock }) => {
      await playStory(store, clock)
      const seen = (await allEvents(store)).at(-1)!.position
      await store.transaction(async (tx) => {
        await tx.runs.delete('run-1')
        await aRun(tx, { id: 'run-1', specId: 'OTHER' })
        await anAgent(tx, { runId: 'run-1', agentId: 'a1', agentName: 'another' })
      })

      expect(await store.runs.get('run-1')).toMatchObject({ specId: 'OTHER', lastSequence: 2 })
      expect(await store.routes.find('a1')).toMatchObject({ specId: 'OTHER', agentName: 'another' })
      expect(await store.executions.response('a1')).toBeUndefined()
      expect(await store.events.readAll({ after: seen })).toMatchObject([
        { runId: 'run-1', sequence: 1 },
        { runId: 'run-1', sequence: 2 },
      ])
      expect((await store.verify()).differences).toEqual([])
    })
  })
}

/** Runs that may not be deleted, nor archived, all of them `r`. */
export const undeletable: Readonly<Record<string, (store: Nouns) => Promise<unknown>>> = {
  'is running': (store) => aRun(store, { id: 'r' }),
  'is running, pinned and waiting for an agent': async (store) => {
    await aRun(store, { id: 'r' })
    await anAgent(store, { runId: 'r' })
    await store.runs.pin('r')
  },
  'is pinned': async (store) => {
    await anEndedRun(store, 'r', 'a')
    await store.runs.pin('r')
  },
  'is pinned since before it ended': async (store) => {
    await aRun(store, { id: 'r' })
    await store.runs.pin('r')
    await store.runs.conclude('r', { verdict: 'unanimous' })
  },
  'waits for an agent that was only spawned': async (store) => {
    await aRun(store, { id: 'r' })
    await anAgent(store, { runId: 'r', agentId: 'a' })
    await store.runs.abandon('r')
  },
  'waits for an agent that is at work': async (store) => {
    await aRun(store, { id: 'r' })
    await anAgent(store, { runId: 'r', agentId: 'a' })
    await store.executions.start('a')
    await store.runs.conclude('r', { verdict: 'degraded' })
  },
  'waits for the last of its agents': async (store) => {
    await aRun(store, { id: 'r' })
    for (const agentId of ['a', 'b', 'c']) await anAgent(store, { runId: 'r', agentId })
    await store.executions.complete('a', { response: 'done' })
    await store.executions.cancel('c')
    await store.runs.abandon('r')
  },
}

/** Asks for the first run of the story and what it owned in every way there is. */
async function mustBeGone(store: Nouns, runId: string): Promise<void> {
  expect(await store.runs.get(runId)).toBeUndefined()
  expect(await store.runs.bundle(runId)).toBeUndefined()
  expect((await store.runs.list()).items.map(({ id }) => id)).not.toContain(runId)
  await mustOwnNothing(store, runId)
}

/** Asks for what the first run of the story owned in every way there is. */
export async function mustOwnNothing(store: Nouns, runId: string): Promise<void> {
  const agentIds = ['a1', 'a2', 'a3']
  expect(await store.events.read(runId)).toEqual([])
  expect((await allEvents(store)).map((event) => event.runId)).not.toContain(runId)
  expect((await store.routes.findMany(agentIds)).size).toBe(0)
  for (const agentId of agentIds) {
    expect(await store.routes.find(agentId)).toBeUndefined()
    expect(await store.executions.get(agentId)).toBeUndefined()
    expect(await store.executions.response(agentId)).toBeUndefined()
  }
  const listed = [await store.executions.list(), await store.executions.failures()]
  expect(listed.flatMap(({ items }) => items.map((execution) => execution.runId))).not.toContain(runId)
  expect((await store.executions.list({ runId })).items).toEqual([])
  expect(await store.artifacts.get('art-1')).toBeUndefined()
  expect((await store.artifacts.list({ runId })).items).toEqual([])
  expect(await store.syntheses.get('syn-1')).toBeUndefined()
  expect((await store.syntheses.list({ runId })).items).toEqual([])
}
