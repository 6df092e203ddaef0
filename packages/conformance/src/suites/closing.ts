import { describe, expect } from 'vitest'
import { contents } from '../contents.ts'
import { anAgent, anArtifact, aRun } from '../fixtures.ts'
import { call, methodNames, methods } from '../methods.ts'
import { promptly } from '../promptly.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

export function closing(it: It): void {
  describe('closing', () => {
    for (const name of methodNames) {
      if (name === 'close') continue
      it(`ends ${name}`, async ({ store }) => {
        await playStory(store)
        await store.close()

        await refusal('CLOSED', call(store, name, methods[name].args))
      })
    }

    it('may be asked for twice, one after the other or at once', async ({ store }) => {
      await Promise.all([store.close(), store.close()])
      await store.close()
      await store[Symbol.asyncDispose]()
      await refusal('CLOSED', store.runs.list())
    })

    it('happens at the end of an `await using` block', async ({ openStore }) => {
      const opened = await openStore()
      {
        await using store = opened
        await aRun(store)
      }

      await refusal('CLOSED', opened.runs.list())
    })

    it('ends everything from the moment it is asked for', async ({ store }) => {
      const closing = store.close()

      await refusal('CLOSED', store.runs.list())
      await refusal('CLOSED', aRun(store))
      await closing
    })

    it('waits for what is under way', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const underWay = [
        ...Array.from({ length: 20 }, () => anAgent(store, { runId })),
        store.transaction(async (tx) => {
          await anArtifact(tx, { runId })
          await new Promise((resolve) => setTimeout(resolve, 20))
          return anArtifact(tx, { runId })
        }),
        store.runs.list(),
      ]
      let answered = 0
      for (const call of underWay) void call.then(() => answered++)
      await promptly(store.close(), 'closing')

      expect(answered).toBe(underWay.length)
      expect(await Promise.allSettled(underWay)).not.toContainEqual(
        expect.objectContaining({ status: 'rejected' }),
      )
    })

    it('inside a transaction is refused, and does not hang', async ({ store }) => {
      await store.transaction(async (tx) => {
        await promptly(refusal('INVALID', store.close()), 'closing inside')
        await promptly(refusal('INVALID', Promise.resolve(store[Symbol.asyncDispose]())), 'disposing inside')
        await aRun(tx, { id: 'r' })
      })

      expect(await store.runs.get('r')).toBeDefined()
    })

    it('one store does not close another', async ({ store, openStore }) => {
      const other = await openStore()
      await playStory(other)
      const before = await contents(other)
      await store.close()

      expect(await contents(other)).toStrictEqual(before)
    })
  })
}
