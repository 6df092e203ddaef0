import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Chores } from '@consensus-store/core'
import { expect, test } from 'vitest'
import { holding } from '../src/lock.ts'

const at = new Date('2026-03-01T09:00:00.000Z')
const outcome = { startedAt: at, endedAt: at, ok: true, summary: {} }

/** Chores whose second taking, which is a renewal, is asked for and not answered before it is told to be. */
function slowChores() {
  const order: string[] = []
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  const chores: Chores = {
    async take() {
      if (order.length > 0) {
        asked.resolve()
        await answer.promise
      }
      order.push('taken')
      return true
    },
    async finish() {
      order.push('finished')
      return true
    },
    list: async () => [],
  }
  return { chores, order, asked: asked.promise, answer: () => answer.resolve() }
}

test('a chore is not taken once more by a renewal that comes after it was given back', async () => {
  const { chores, order, asked, answer } = slowChores()
  const lock = await holding(chores, 'tidying', { holder: 'one', leaseMs: 30 })
  await asked
  lock!.stopRenewing()
  const finished = lock!.finish('tidying', outcome)
  await nextTurn()
  expect(order).toEqual(['taken'])
  answer()

  expect(await finished).toBe(true)
  expect(order).toEqual(['taken', 'taken', 'finished'])
})
