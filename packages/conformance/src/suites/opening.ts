import { describe, expect } from 'vitest'
import { contents } from '../contents.ts'
import { anAgent, aRun } from '../fixtures.ts'
import { togetherAtEach } from '../processes/process.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

/** What goes wrong when two make the same thing at once goes wrong now and then. */
const rounds = 20
const processes = 8

export function opening(it: It): void {
  describe('opening', () => {
    it('gives a store that says its name and what it supports', async ({ store }) => {
      expect(store.name).toMatch(/\S/)
      expect(store.supports).toEqual({ durable: expect.any(Boolean), shared: expect.any(Boolean) })
    })

    it('gives a store that is empty', async ({ store }) => {
      expect(await contents(store)).toEqual({ bundles: [], events: [] })
      expect(await store.runs.list()).toEqual({ items: [], next: undefined })
      expect(await store.executions.list()).toEqual({ items: [], next: undefined })
    })

    it('gives a store that shares nothing with any other', async ({ store, openStore }) => {
      await playStory(store)
      const other = await openStore()

      expect(await contents(other)).toEqual({ bundles: [], events: [] })
      await aRun(other, { id: 'run-1', specId: 'OTHER' })
      await anAgent(other, { runId: 'run-1', agentId: 'a1' })
      expect(await store.runs.get('run-1')).toMatchObject({ specId: 'SPEC-1' })
    })

    it('gives a store an identity of its own, whatever its clock and its ids are', async ({ openStore }) => {
      const env = { now: () => new Date(0), newId: () => 'the same' }
      const [one, other] = [await openStore(env), await openStore(env)]
      const identity = await one.identity()
      await playStory(one)
      await playStory(other)

      expect(identity).toMatch(/^\S{8,255}$/)
      expect(await one.identity()).toBe(identity)
      expect(await other.identity()).not.toBe(identity)
    })

    it('a new place at one moment is done by one of many processes, and awaited by the others', {
      timeout: 240_000,
    }, async ({ newSharedPlace }) => {
      const names = Array.from({ length: processes }, (_, i) => `process ${i}`)
      const first = await newSharedPlace()
      const others = await Promise.all(Array.from({ length: rounds - 1 }, () => newSharedPlace()))
      const places = [first, ...others] as const
      await togetherAtEach(
        places,
        'spawn',
        names.map((name) => ({ runId: 'r', name, count: 1 })),
      )

      for (const place of places) {
        await using store = await place.open()
        const { bundles } = await contents(store)
        expect(
          bundles.flatMap(({ executions }) => executions.map(({ agentName }) => agentName)).sort(),
        ).toEqual(names)
        expect(await store.verify()).toMatchObject({ runs: 1, events: 1 + processes, differences: [] })
        expect(await store.health()).toMatchObject({ ok: true })
      }
    })
  })
}
