import type { ConsensusStore } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { contents } from '../contents.ts'
import { anAgent, aRun } from '../fixtures.ts'
import { call, isRead, methodNames, methods } from '../methods.ts'
import { promptly } from '../promptly.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

const reads = methodNames.filter(isRead)

export function visibility(it: It): void {
  describe('reads outside an open transaction', () => {
    for (const name of reads) {
      it(`neither wait for it nor see what it wrote: ${name}`, async ({ store }) => {
        const before = await call(store, name, methods[name].args)
        const { finish } = await openTransaction(store)
        const during = promptly(call(store, name, methods[name].args), `${name} during a transaction`)

        expect(await during.finally(finish)).toStrictEqual(before)
      })
    }

    it('see all of it once it is done', async ({ store, openStore }) => {
      const { finish } = await openTransaction(store)
      await finish()
      const expected = await openStore()
      await playStory(expected)

      expect(await contents(store)).toStrictEqual(await contents(expected))
    })

    it('see all of it or nothing while it ends', async ({ store }) => {
      const { id: runId } = await aRun(store)
      for (let round = 0; round < 10; round++) {
        const ids = Array.from({ length: 5 }, (_, i) => `${round} ${i}`)
        const writing = store.transaction(async (tx) => {
          for (const agentId of ids) await anAgent(tx, { runId, agentId })
        })
        let seen = 0
        while (seen === 0) {
          seen = (await store.routes.findMany(ids)).size
          expect([0, 5]).toContain(seen)
          await new Promise((resolve) => setImmediate(resolve))
        }
        await writing
      }
    })

    it('never see what it undid', async ({ store }) => {
      const { finish } = await openTransaction(store, new Error('undone'))
      const [events, run] = await Promise.all([store.events.readAll(), store.runs.get('run-1')])
      await expect(finish()).rejects.toThrow('undone')

      expect(events).toEqual([])
      expect(run).toBeUndefined()
      expect(await contents(store)).toEqual({ bundles: [], events: [] })
    })
  })

  describe('writes outside an open transaction', () => {
    it('wait for it, or are done beside it, but are not lost', async ({ store }) => {
      const { finish } = await openTransaction(store)
      const writing = aRun(store, { id: 'beside' })
      await new Promise((resolve) => setTimeout(resolve, 10))
      await finish()
      await writing

      expect(await store.runs.get('beside')).toMatchObject({ id: 'beside' })
      expect(await store.runs.get('run-1')).toMatchObject({ id: 'run-1' })
      expect((await store.verify()).differences).toEqual([])
    })

    it('are not undone with it', async ({ store }) => {
      const { finish } = await openTransaction(store, new Error('undone'))
      const writing = aRun(store, { id: 'beside' })
      await expect(finish()).rejects.toThrow('undone')
      await writing

      expect(await store.runs.get('beside')).toMatchObject({ lastSequence: 1 })
      expect(await store.runs.get('run-1')).toBeUndefined()
    })
  })
}

/** A transaction that has played the story and stays open until it is finished, well or by throwing. */
async function openTransaction(store: ConsensusStore, error?: Error) {
  const { promise: inside, resolve: entered } = Promise.withResolvers<void>()
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const transaction = store.transaction(async (tx) => {
    await playStory(tx)
    entered()
    await gate
    if (error) throw error
  })
  await Promise.race([inside, transaction])
  const finish = () => {
    open()
    return transaction
  }
  return { finish }
}
