import { describe, expect } from 'vitest'
import { contents } from '../contents.ts'
import { anAgent, aRun } from '../fixtures.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

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
  })
}
