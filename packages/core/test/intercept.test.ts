import { expect, test } from 'vitest'
import { type ConsensusStore, guard, intercept, type Nouns } from '../src/index.ts'

test('an intercepted store leaves it to the store to refuse work that is no function', async () => {
  const store = intercept(
    guard(aStore(), () => 'CORRUPT'),
    (_operation, call) => call(),
  )

  await expect(store.transaction(undefined as never)).rejects.toMatchObject({
    code: 'INVALID',
    message: 'work must be a function',
  })
  await expect(store.transaction(async () => 'done')).resolves.toBe('done')
})

/** As much of a store as is asked here: it has transactions, and nothing to do in them. */
function aStore(): ConsensusStore {
  const nouns: Nouns = {
    runs: {},
    executions: {},
    routes: {},
    artifacts: {},
    syntheses: {},
    events: {},
  } as never
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
