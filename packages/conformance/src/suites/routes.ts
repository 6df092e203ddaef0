import { describe, expect } from 'vitest'
import { anAgent, aRun } from '../fixtures.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'

export function routes(it: It): void {
  describe('routes', () => {
    it('say what an agent was spawned for', async ({ store }) => {
      const run = await aRun(store, { specId: 'SPEC-9', stage: 'implement', branch: 'wip' })
      await anAgent(store, { runId: run.id, agentId: 'a1', agentName: 'code', phaseType: 'quality-gate' })

      expect(await store.routes.find('a1')).toStrictEqual({
        agentId: 'a1',
        agentName: 'code',
        phaseType: 'quality-gate',
        stage: 'implement',
        specId: 'SPEC-9',
        runId: run.id,
        branch: 'wip',
      })
    })

    it('have no branch when their run has none', async ({ store }) => {
      await anAgent(store, { runId: (await aRun(store)).id, agentId: 'a1' })

      expect(await store.routes.find('a1')).toHaveProperty('branch', undefined)
    })

    it('are found as soon as an agent is spawned, though nobody found it before', async ({ store }) => {
      const { id: runId } = await aRun(store)
      expect(await store.routes.find('a1')).toBeUndefined()
      expect(await store.routes.findMany(['a1'])).toEqual(new Map())
      await anAgent(store, { runId, agentId: 'a1' })

      expect(await store.routes.find('a1')).toMatchObject({ agentId: 'a1', runId })
      expect([...(await store.routes.findMany(['a1'])).keys()]).toEqual(['a1'])
    })

    it('stay what they were when agents end and runs conclude', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const agents = await Promise.all(
        ['a1', 'a2', 'a3', 'a4'].map((agentId) => anAgent(store, { runId, agentId })),
      )
      const before = await store.routes.findMany(agents.map(({ agentId }) => agentId))
      await store.executions.start('a1')
      await store.executions.complete('a1', { response: 'done' })
      await store.executions.fail('a2', { reason: 'error', message: 'broke' })
      await store.executions.cancel('a3')
      await store.executions.timeOut('a4')
      await store.runs.conclude(runId, { verdict: 'degraded' })

      expect(await store.routes.findMany(['a1', 'a2', 'a3', 'a4'])).toStrictEqual(before)
      for (const { agentId } of agents) {
        expect(await store.routes.find(agentId)).toStrictEqual(before.get(agentId))
      }
    })

    it('are found many at a time, by agent id, leaving out agents nobody spawned', async ({ store }) => {
      const [one, other] = [await aRun(store), await aRun(store, { stage: 'tasks' })]
      await anAgent(store, { runId: one.id, agentId: 'a1' })
      await anAgent(store, { runId: other.id, agentId: 'a2', agentName: 'claude' })

      const found = await store.routes.findMany(['a2', 'nobody', 'a1', 'a2'])
      expect(found).toBeInstanceOf(Map)
      expect([...found.keys()].sort()).toEqual(['a1', 'a2'])
      for (const [agentId, route] of found) expect(route).toStrictEqual(await store.routes.find(agentId))
    })

    it('are found for no agents and for a thousand, but not for more', async ({ store }) => {
      const { id: runId } = await aRun(store)
      await Promise.all(['a0', 'a499', 'a999'].map((agentId) => anAgent(store, { runId, agentId })))
      const ids = Array.from({ length: 1_000 }, (_, i) => `a${i}`)

      expect(await store.routes.findMany([])).toEqual(new Map())
      expect([...(await store.routes.findMany(ids)).keys()].sort()).toEqual(['a0', 'a499', 'a999'])
      await refusal('INVALID', store.routes.findMany([...ids, 'one more']))
    })

    it('are told apart by every character of the agent id', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const ids = [
        'a',
        'A',
        'á',
        'a\u0301',
        'a ',
        ' a',
        'a%',
        'a_',
        "a'",
        'ａ',
        '\u{1F600}',
        '\uFFFD',
        '__proto__',
      ]
      for (const agentId of ids) await anAgent(store, { runId, agentId, agentName: `agent ${agentId}` })

      for (const agentId of ids) {
        expect(await store.routes.find(agentId)).toMatchObject({ agentId, agentName: `agent ${agentId}` })
      }
      expect([...(await store.routes.findMany(ids)).keys()].sort()).toEqual([...ids].sort())
    })
  })
}
