import { describe, expect, test } from 'vitest'
import { type ConsensusStore, guard, type Nouns } from '../src/index.ts'

describe('a guarded store', () => {
  test('lets a transaction use its tx', async () => {
    const store = guard(aStore(), () => 'CORRUPT')

    expect(await store.transaction((tx) => tx.runs.get('r1'))).toBeUndefined()
  })

  test('refuses itself inside a transaction, and a tx outside its own', async () => {
    const store = guard(aStore(), () => 'CORRUPT')
    let kept: Nouns | undefined

    await store.transaction(async (tx) => {
      kept = tx
      await expect(store.runs.get('r1')).rejects.toMatchObject({ code: 'INVALID' })
    })

    await expect(kept!.runs.get('r1')).rejects.toMatchObject({ code: 'INVALID' })
    expect(await store.runs.get('r1')).toBeUndefined()
  })
})

/** As much of a store as is asked here: it holds nothing, and gives its nouns to every transaction. */
function aStore(): ConsensusStore {
  const nouns = {
    runs: { get: async () => undefined },
    executions: {},
    routes: {},
    artifacts: {},
    syntheses: {},
    events: {},
  } as unknown as Nouns
  return {
    ...nouns,
    name: 'nothing',
    supports: { durable: false, shared: false },
    transaction: (work) => work(nouns),
    health: async () => ({ ok: true, store: 'nothing', latencyMs: 0, findings: [], details: {} }),
    verify: async () => ({ runs: 0, events: 0, differences: [] }),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}
