import { randomBytes } from 'node:crypto'
import type { ConsensusStore, Reclaimed } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { changesNothing, contents } from '../contents.ts'
import { anArtifact, aRun } from '../fixtures.ts'
import { startProcess } from '../processes/process.ts'
import { promptly } from '../promptly.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

/** What a server may do by itself between two looks at its files. */
const SLACK_BYTES = 256 * 1024

const MIB = 1024 * 1024

const timeout = 60_000

export function reclaiming(it: It): void {
  describe('reclaiming', () => {
    it('changes nothing that can be read', async ({ store }) => {
      await playStory(store)
      await fillAndDelete(store, 5)
      await changesNothing(store, () => store.reclaim())

      expect((await store.verify()).differences).toEqual([])
    })

    it('gives back what deleted runs took, and says neither more nor less than that', async ({ store }) => {
      await playStory(store)
      await fillAndDelete(store, 60)
      const first = await store.reclaim()
      const second = await store.reclaim()

      expect(first).toEqual({
        before: expect.any(Number),
        after: expect.any(Number),
        converted: false,
        unconverted: 0,
      })
      // Who takes no space that anybody could see has none to give back.
      if (first.before > 0) expect(given(first)).toBeGreaterThan(1024 * 1024)
      else expect(first.after).toBe(0)
      expect(Math.abs(second.before - first.after)).toBeLessThanOrEqual(SLACK_BYTES)
      expect(Math.abs(given(second))).toBeLessThanOrEqual(SLACK_BYTES)
    })

    it('says what can be seen from outside', async ({ durablePlace, skip }) => {
      const { bytes } = durablePlace
      skip(!bytes, 'nobody can see from outside what it takes')
      await using store = await durablePlace.open()
      await fillAndDelete(store, 60)
      const [before, { after, ...said }] = [await bytes!(), await store.reclaim()]

      expect(Math.abs(said.before - before)).toBeLessThanOrEqual(SLACK_BYTES)
      expect(Math.abs(after - (await bytes!()))).toBeLessThanOrEqual(SLACK_BYTES)
      expect(before - (await bytes!())).toBeGreaterThan(1024 * 1024)
    })

    it('of much says again and again how much it was, and stops between when it is told to', {
      timeout,
    }, async ({ durablePlace, skip }) => {
      const { bytes } = durablePlace
      skip(!bytes, 'nobody can see from outside what it takes')
      await using store = await durablePlace.open()
      await fillAndDelete(store, 24, MIB)
      const before = await bytes!()
      const thrown = new Error('thrown by the caller')
      const throwing = () => {
        throw thrown
      }
      await expect(store.reclaim({ progress: throwing })).rejects.toBe(thrown)
      const controller = new AbortController()
      const stopped = store.reclaim({
        signal: controller.signal,
        progress: () => controller.abort('that is enough'),
      })
      await expect(stopped).rejects.toBe('that is enough')
      const left = await bytes!()
      const told: number[] = []
      const { after } = await store.reclaim({ progress: (given) => told.push(given) })

      expect(left - after).toBeGreaterThan(MIB)
      expect(before - after).toBeGreaterThan(20 * MIB)
      expect(told.length).toBeGreaterThan(1)
      expect(told.at(-1)).toBeGreaterThan(MIB)
      expect(told.at(-1)).toBeLessThanOrEqual(left - after + SLACK_BYTES)
    })

    it('lets room that was given back be taken again', async ({ store }) => {
      for (let round = 0; round < 3; round++) {
        await fillAndDelete(store, 20)
        await store.reclaim()
      }
      const { id: runId } = await aRun(store)
      await anArtifact(store, { runId, id: 'after', content: 'x'.repeat(100_000) })

      expect((await store.artifacts.get('after'))?.content).toHaveLength(100_000)
      expect((await store.verify()).differences).toEqual([])
    })

    it('tells how much it has given back, and never less than before', async ({ store }) => {
      await fillAndDelete(store, 60)
      const told: number[] = []
      const reclaimed = await store.reclaim({ progress: (bytes) => told.push(bytes) })

      expect(told).toEqual(told.toSorted((a, b) => a - b))
      expect(told.at(-1) ?? 0).toBeLessThanOrEqual(Math.max(0, given(reclaimed)) + SLACK_BYTES)
    })

    it('goes on while others write, and none of them loses anything', async ({ store }) => {
      await fillAndDelete(store, 40)
      const { id: runId } = await aRun(store)
      let reclaiming = true
      const reclaimed = store.reclaim().finally(() => {
        reclaiming = false
      })
      const ids: string[] = []
      do {
        const id = `meanwhile ${ids.length}`
        await promptly(anArtifact(store, { runId, id, content: 'x'.repeat(10_000) }), 'a write', 30_000)
        ids.push(id)
        await new Promise((resolve) => setImmediate(resolve))
      } while (reclaiming)
      await reclaimed

      for (const id of ids) expect(await store.artifacts.get(id)).toBeDefined()
      expect((await store.verify()).differences).toEqual([])
    })

    it('by several at once is as good as by one', async ({ store }) => {
      await playStory(store)
      await fillAndDelete(store, 20)
      const before = await contents(store)
      await Promise.all([store.reclaim(), store.reclaim(), store.reclaim()])

      expect(await contents(store)).toStrictEqual(before)
    })

    it('that is aborted rejects with the reason, and can be done again', async ({ store }) => {
      await playStory(store)
      await fillAndDelete(store, 60)
      const before = await contents(store)
      const reason = new Error('no more of it')
      await expect(store.reclaim({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
      const controller = new AbortController()
      const stopped = store.reclaim({
        signal: controller.signal,
        progress: () => controller.abort(reason),
      })
      await stopped.catch((error: unknown) => expect(error).toBe(reason))
      await store.reclaim()

      expect(await contents(store)).toStrictEqual(before)
    })

    it('from a store that converts nothing is the same whether it may convert or not', async ({ store }) => {
      await playStory(store)
      for (const convert of ['never', 'when worthwhile', 'always'] as const) {
        expect((await store.reclaim({ convert })).converted).toBe(false)
      }
    })

    it('in a process that is killed loses nothing', { timeout: 120_000 }, async ({ durablePlace }) => {
      for (let round = 0; round < 3; round++) {
        await using store = await durablePlace.open()
        if (round === 0) await playStory(store)
        await fillAndDelete(store, 40)
        const before = await contents(store)
        await using reclaimer = await startProcess(durablePlace, 'reclaim', {})
        await reclaimer.open()
        void reclaimer.start()
        await promptly(reclaimer.reported(1), 'reclaiming', 60_000)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
        await reclaimer.kill()

        expect(await contents(store)).toStrictEqual(before)
        expect((await store.verify()).differences).toEqual([])
        await store.reclaim()
      }
    })
  })
}

const given = ({ before, after }: Reclaimed) => before - after

/** Leaves behind the space that so many runs took, each with a body that cannot be compressed. */
async function fillAndDelete(store: ConsensusStore, runs: number, bytes = 50_000): Promise<void> {
  const content = randomBytes(bytes / 2).toString('hex')
  const ids: string[] = []
  for (let i = 0; i < runs; i++) {
    const { id } = await aRun(store)
    await anArtifact(store, { runId: id, content })
    await store.runs.abandon(id)
    ids.push(id)
  }
  for (const id of ids) await store.runs.delete(id)
}
