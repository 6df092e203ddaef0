import type { ConsensusStore } from '@consensus-store/core'
import { describe, expect, test } from 'vitest'
import { bytesOf } from './beneath.ts'
import { aDatabase, aStore, SCHEMA } from './database.ts'

const RUNS = 60
const ROUNDS = 16

describe('runs that come and go', () => {
  test('take no more space from round to round, when space is given back now and then', {
    timeout: 120_000,
  }, async () => {
    const url = await aDatabase()
    const store = await aStore({ url })
    const bytes: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      await fill(store, round)
      if (round > 0) await empty(store, round - 1)
      const { after } = await store.reclaim()
      // The server may vacuum by itself in between.
      expect(Math.abs(after - (await bytesOf(url, SCHEMA)))).toBeLessThanOrEqual(256 * 1024)
      bytes.push(after)
    }
    const half = ROUNDS / 2
    // Pages that were emptied are taken again a round later; then there is nothing to grow for.
    expect(Math.max(...bytes.slice(half))).toBeLessThanOrEqual(Math.max(...bytes.slice(4, half)) * 1.05)
  })
})

const idOf = (round: number, i: number) => `${round} ${i}`

async function fill(store: ConsensusStore, round: number): Promise<void> {
  const ids = Array.from({ length: RUNS }, (_, i) => idOf(round, i))
  await Promise.all(
    ids.map(async (id) => {
      await store.runs.start({ id, specId: 'S', stage: 'plan' })
      await store.executions.spawn({ agentId: id, runId: id, agentName: 'code', phaseType: 'regular-stage' })
      await store.executions.complete(id, { response: 'done '.repeat(1_000) })
      await store.artifacts.add({ id, runId: id, agentName: 'code', content: 'x'.repeat(10_000) })
      await store.runs.conclude(id, { verdict: 'unanimous' })
    }),
  )
}

async function empty(store: ConsensusStore, round: number): Promise<void> {
  for (let i = 0; i < RUNS; i++) await store.runs.delete(idOf(round, i))
}
