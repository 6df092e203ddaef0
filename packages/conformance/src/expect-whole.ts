import type { ConsensusStore } from '@consensus-store/core'
import { expect } from 'vitest'
import { allPages, type Contents, contents } from './contents.ts'

/** Expects rows, log and positions to tell one story, and gives what there is. */
export async function expectWhole(store: ConsensusStore): Promise<Contents> {
  expect((await store.verify()).differences).toEqual([])
  const all = await contents(store)
  const hot = await allPages((query) => store.runs.list({ ...query, archived: false }))
  expect(all.events).toHaveLength(hot.reduce((sum, { lastSequence }) => sum + lastSequence, 0))
  const positions = all.events.map(({ position }) => position)
  expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b))
  return all
}
