import Database from 'better-sqlite3'
import { expect, test, vi } from 'vitest'
import { sqliteStore } from '../src/index.ts'

test('statements are prepared once, however often they run', async () => {
  await using store = await sqliteStore({ path: ':memory:' })
  const prepare = vi.spyOn(Database.prototype, 'prepare')
  const oneRun = async () => {
    const { id: runId } = await store.runs.start({ specId: 'S', stage: 'plan' })
    const { agentId } = await store.executions.spawn({
      runId,
      agentName: 'gemini',
      phaseType: 'regular-stage',
    })
    await store.routes.find(agentId)
    await store.executions.complete(agentId, { response: 'yes' })
    await store.artifacts.add({ runId, agentName: 'gemini', content: { yes: true } })
    await store.runs.conclude(runId, { verdict: 'unanimous' })
    await store.runs.list({ specId: 'S' })
  }
  await oneRun()
  const prepared = prepare.mock.calls.length
  expect(prepared).toBeGreaterThan(0)
  for (let i = 0; i < 10; i++) await oneRun()
  expect(prepare.mock.calls.length).toBe(prepared)
  prepare.mockRestore()
})
