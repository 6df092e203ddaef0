import type { ConsensusStore } from '@consensus-store/core'
import { expect, test } from 'vitest'
import { bytesOf } from './beneath.ts'
import { aDatabase, aStore, SCHEMA } from './database.ts'

const RUNS = 60
const ROUNDS = 16
const DAY_MS = 86_400_000

test('what retention archives and deletes day by day takes no more space from day to day, when space is given back', {
  timeout: 120_000,
}, async () => {
  const url = await aDatabase()
  let today = Date.parse('2027-01-01T09:00:00.000Z')
  const store = await aStore({ url, env: { now: () => new Date(today), newId: () => crypto.randomUUID() } })
  const bytes: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await fill(store, round)
    const { archived, deleted } = await store.retention.apply({ archiveAfterDays: 1, deleteAfterDays: 3 })
    expect([archived.runs, deleted.runs]).toEqual([round < 1 ? 0 : RUNS, round < 3 ? 0 : RUNS])
    const { after } = await store.reclaim()
    // The server may vacuum by itself in between.
    expect(Math.abs(after - (await bytesOf(url, SCHEMA)))).toBeLessThanOrEqual(256 * 1024)
    bytes.push(after)
    today += DAY_MS
  }
  const half = ROUNDS / 2
  // Pages that were emptied are taken again a day later; then there is nothing to grow for.
  expect(Math.max(...bytes.slice(half))).toBeLessThanOrEqual(Math.max(...bytes.slice(4, half)) * 1.05)
})

async function fill(store: ConsensusStore, round: number): Promise<void> {
  const ids = Array.from({ length: RUNS }, (_, i) => `${round} ${i}`)
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
