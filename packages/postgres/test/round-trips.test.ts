import { tcpProxy } from '@consensus-store/conformance/services'
import { describe, expect, test } from 'vitest'
import { aDatabase, anAgent, aRun, aStore, numbered } from './database.ts'

describe('a round trip', () => {
  test('is all that a call costs', async () => {
    const url = await aDatabase()
    await using proxy = await tcpProxy(url)
    const [store, other] = [await aStore({ url: proxy.url }), await aStore({ url, schema: 'other' })]
    const exchanges = async (call: () => Promise<unknown>) => {
      const before = proxy.exchanges
      await call()
      return proxy.exchanges - before
    }
    await aRun(store)
    await anAgent(store, 'a0')

    const costs: Record<string, number> = {
      'runs.start': await exchanges(() => aRun(store, 'r2')),
      'executions.spawn': await exchanges(() => anAgent(store, 'a1')),
      'executions.start': await exchanges(() => store.executions.start('a1')),
      'executions.complete': await exchanges(() => store.executions.complete('a1', { response: 'done' })),
      'executions.complete, 64 KiB': await exchanges(() =>
        store.executions.complete('a0', { response: 'x'.repeat(65_536) }),
      ),
      'artifacts.add': await exchanges(() =>
        store.artifacts.add({ runId: 'r1', agentName: 'gemini', content: { plan: 1 } }),
      ),
      'syntheses.add': await exchanges(() =>
        store.syntheses.add({ runId: 'r1', verdict: 'unanimous', markdown: '# Plan' }),
      ),
      'runs.conclude': await exchanges(() => store.runs.conclude('r1', { verdict: 'unanimous' })),
      'runs.bundle': await exchanges(() => store.runs.bundle('r1')),
      'runs.list': await exchanges(() => store.runs.list()),
      'routes.find': await exchanges(() => store.routes.find('a1')),
      'routes.findMany of 100': await exchanges(() => store.routes.findMany(numbered('a', 100))),
      '100 times routes.find in one tick': await exchanges(() =>
        Promise.all(numbered('a', 100).map((agentId) => store.routes.find(agentId))),
      ),
      '100 times executions.spawn in one tick': await exchanges(() =>
        Promise.all(numbered('b', 100).map((agentId) => anAgent(store, agentId, { runId: 'r2' }))),
      ),
    }
    await aRun(other, 'mine')
    const bundle = (await other.runs.bundle('mine'))!
    costs['runs.record'] = await exchanges(() => store.runs.record(bundle))
    costs['runs.delete'] = await exchanges(() => store.runs.delete('r1'))

    expect(costs).toEqual(Object.fromEntries(Object.keys(costs).map((call) => [call, 1])))
  })
})
