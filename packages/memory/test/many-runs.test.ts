import { setImmediate as nextTurn } from 'node:timers/promises'
import { systemEnv } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { expect, test } from 'vitest'

test('a store of more runs than a call has arguments says which is the oldest, and retains by the newest', async () => {
  let now = Date.UTC(2026, 0, 1)
  await using store = memoryStore({ env: { ...systemEnv, now: () => new Date(now) } })
  const runs = 130_000
  for (let i = 0; i < runs; i++, now += 1_000) {
    await store.runs.start({ id: `r${i}`, specId: 'S', stage: 'plan' })
    if (i % 10_000 === 0) await nextTurn()
  }

  expect((await store.health()).oldestRunAt).toEqual(new Date(Date.UTC(2026, 0, 1)))
  expect((await store.retention.plan()).keep.runs).toBe(runs)
})
