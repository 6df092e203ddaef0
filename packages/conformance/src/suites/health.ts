import { describe, expect } from 'vitest'
import { changesNothing } from '../contents.ts'
import { aRun } from '../fixtures.ts'
import { promptly } from '../promptly.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

export function health(it: It): void {
  describe('health', () => {
    it('is good in a store that nothing happened to', async ({ store }) => {
      await playStory(store)

      expect(await store.health()).toEqual({
        ok: true,
        store: store.name,
        latencyMs: expect.any(Number),
        findings: [],
        settings: expect.any(Array),
        rows: expect.any(Object),
        space: expect.any(Object),
        oldestRunAt: expect.any(Date),
        overdue: { count: 0, precision: 'exact' },
        stale: { count: 0, precision: 'exact' },
        chores: [],
        details: expect.any(Object),
      })
      expect((await store.health()).latencyMs).toBeGreaterThanOrEqual(0)
    })

    it('has details that are plain values', async ({ store }) => {
      for (const detail of Object.values((await store.health()).details)) {
        expect(['string', 'number', 'boolean']).toContain(typeof detail)
      }
    })

    it('is asked without changing anything', async ({ store }) => {
      await playStory(store)
      await changesNothing(store, () => store.health())
    })

    it('answers while a transaction is open', async ({ store }) => {
      const { promise: inside, resolve: entered } = Promise.withResolvers<void>()
      const { promise: gate, resolve: open } = Promise.withResolvers<void>()
      const transaction = store.transaction(async (tx) => {
        await aRun(tx)
        entered()
        await gate
      })
      await inside

      expect(await promptly(store.health(), 'health').finally(open)).toMatchObject({ ok: true })
      await transaction
    })
  })
}
