import { fold } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents } from '../contents.ts'
import { anAgent, anArtifact, aRun, aSynthesis } from '../fixtures.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

export function events(it: It): void {
  describe('events', () => {
    it('say what happened to a run, in order', async ({ store, clock }) => {
      await store.runs.start({ id: 'r', specId: 'S', stage: 'plan', branch: 'b', expectedAgents: ['code'] })
      const started = clock.now()
      clock.advance(1)
      await anAgent(store, { runId: 'r', agentId: 'a', agentName: 'code', modelVersion: 'm' })
      await store.executions.start('a')
      await store.executions.complete('a', { response: 'word for word' })
      await store.runs.conclude('r', { verdict: 'failed', missingAgents: ['code'], conflicts: ['all'] })

      const log = await store.events.read('r')
      expect(log.map(({ runId, sequence, type, at }) => ({ runId, sequence, type, at }))).toStrictEqual([
        { runId: 'r', sequence: 1, type: 'run.started', at: started },
        { runId: 'r', sequence: 2, type: 'execution.spawned', at: clock.now() },
        { runId: 'r', sequence: 3, type: 'execution.started', at: clock.now() },
        { runId: 'r', sequence: 4, type: 'execution.completed', at: clock.now() },
        { runId: 'r', sequence: 5, type: 'run.concluded', at: clock.now() },
      ])
      expect(log.map(({ data }) => data)).toStrictEqual([
        { specId: 'S', stage: 'plan', branch: 'b', expectedAgents: ['code'], labels: {} },
        { agentId: 'a', agentName: 'code', phaseType: 'regular-stage', modelVersion: 'm' },
        { agentId: 'a' },
        {
          agentId: 'a',
          response: {
            bytes: 13,
            digest: '24a86b8653cd936d2af9b2fedabc8ce88a250bb485abe75938638f10c807f59d',
          },
        },
        {
          verdict: 'failed',
          missingAgents: ['code'],
          agreements: [],
          conflicts: ['all'],
          seal: 'sha256:977cd39791215f3d30bad26cd1e87f5d738313981a776cdf1e20c452d593f4fe',
        },
      ])
    })

    it('say how each agent ended', async ({ store }) => {
      const { id: runId } = await aRun(store)
      for (const agentId of ['a1', 'a2', 'a3', 'a4']) await anAgent(store, { runId, agentId })
      await store.executions.fail('a1', { reason: 'error', message: 'broke' })
      await store.executions.fail('a2', { reason: 'extraction', message: '', response: '' })
      await store.executions.cancel('a3')
      await store.executions.timeOut('a4')

      const log = await store.events.read(runId, { after: 5 })
      expect(log.map(({ type, data }) => ({ type, data }))).toStrictEqual([
        { type: 'execution.failed', data: { agentId: 'a1', failure: { reason: 'error', message: 'broke' } } },
        {
          type: 'execution.failed',
          data: {
            agentId: 'a2',
            failure: { reason: 'extraction', message: '' },
            response: {
              bytes: 0,
              digest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
            },
          },
        },
        { type: 'execution.cancelled', data: { agentId: 'a3' } },
        { type: 'execution.timed-out', data: { agentId: 'a4' } },
      ])
    })

    it('say when a run is pinned, unpinned and abandoned', async ({ store }) => {
      const { id } = await aRun(store)
      await store.runs.pin(id)
      await store.runs.unpin(id)
      await store.runs.abandon(id)

      const log = await store.events.read(id, { after: 1 })
      expect(log.map(({ type, data }) => ({ type, data }))).toStrictEqual([
        { type: 'run.pinned', data: {} },
        { type: 'run.unpinned', data: {} },
        { type: 'run.abandoned', data: {} },
      ])
    })

    it('refer to bodies, and never hold a copy of one', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const { agentId } = await anAgent(store, { runId })
      await store.executions.fail(agentId, { reason: 'error', message: 'see there', response: 'SECRET-1' })
      await anArtifact(store, { runId, content: { a: 'SECRET-2' }, metadata: { b: 'SECRET-3' } })
      await aSynthesis(store, { runId, markdown: 'SECRET-4', metadata: ['SECRET-5'] })

      const log = await store.events.read(runId)
      expect(log).toHaveLength(5)
      expect(JSON.stringify(log)).not.toContain('SECRET')
      expect(log.slice(3).map(({ data }) => data)).toMatchObject([
        { content: { bytes: 16 }, metadata: { bytes: 16 } },
        { markdown: { bytes: 8 }, metadata: { bytes: 12 } },
      ])
    })

    it('are read after a sequence, up to a limit', async ({ store }) => {
      const { id } = await aRun(store)
      for (let i = 0; i < 5; i++) await anAgent(store, { runId: id })
      const sequences = async (query?: Parameters<typeof store.events.read>[1]) =>
        (await store.events.read(id, query)).map(({ sequence }) => sequence)

      expect(await sequences()).toEqual([1, 2, 3, 4, 5, 6])
      expect(await sequences({ limit: 2 })).toEqual([1, 2])
      expect(await sequences({ after: 2, limit: 3 })).toEqual([3, 4, 5])
      expect(await sequences({ after: 5 })).toEqual([6])
      expect(await sequences({ after: 6 })).toEqual([])
      expect(await sequences({ after: Number.MAX_SAFE_INTEGER })).toEqual([])
    })

    it('are none of a run that nobody started', async ({ store }) => {
      await aRun(store)

      expect(await store.events.read('nobody')).toEqual([])
    })

    it('of all runs are read after a position, in the order they happened', async ({ store }) => {
      expect(await store.events.readAll()).toEqual([])
      await playStory(store)
      const all = await allEvents(store)
      const positions = all.map(({ position }) => position)

      expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b))
      expect(positions[0]).toBeGreaterThan(0)
      expect(await store.events.readAll({ after: positions[3]!, limit: 4 })).toStrictEqual(all.slice(4, 8))
      expect(await store.events.readAll({ after: positions.at(-1)! })).toEqual([])
    })

    it('of all runs are those of each run', async ({ store }) => {
      await playStory(store)
      const all = await allEvents(store)
      const byRun = Map.groupBy(all, ({ runId }) => runId)

      expect(byRun.size).toBe(3)
      for (const [runId, events] of byRun) {
        expect(await store.events.read(runId)).toStrictEqual(events)
        expect(fold(runId, events).run).toStrictEqual(await store.runs.get(runId))
      }
    })

    it('are read fifty at a time unless told, and a thousand at most', async ({ store }) => {
      const { id } = await aRun(store)
      await Promise.all(Array.from({ length: 1_005 }, () => anAgent(store, { runId: id })))

      for (const read of [(query?: object) => store.events.read(id, query), store.events.readAll]) {
        expect(await read()).toHaveLength(50)
        expect(await read({ limit: 1_000 })).toHaveLength(1_000)
        const last = (await read({ limit: 1_000 })).at(-1)!
        const rest = await read({ after: read === store.events.readAll ? last.position : last.sequence })
        expect(rest.map(({ sequence }) => sequence)).toEqual([1_001, 1_002, 1_003, 1_004, 1_005, 1_006])
      }
    })
  })
}
