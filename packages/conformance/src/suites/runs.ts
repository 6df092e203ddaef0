import { describe, expect } from 'vitest'
import { allPages } from '../contents.ts'
import { anAgent, aRun, aSynthesis } from '../fixtures.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'

export function runs(it: It): void {
  describe('runs', () => {
    it('start with the facts they are given and nothing concluded', async ({ store, clock }) => {
      const run = await store.runs.start({
        id: 'r1',
        specId: 'SPEC-900',
        stage: 'validate',
        branch: 'feature/plan',
        expectedAgents: ['gemini', 'claude', 'code'],
        labels: { team: 'alpha', note: '' },
      })

      expect(run).toStrictEqual({
        id: 'r1',
        specId: 'SPEC-900',
        stage: 'validate',
        branch: 'feature/plan',
        status: 'running',
        expectedAgents: ['gemini', 'claude', 'code'],
        missingAgents: [],
        agreements: [],
        conflicts: [],
        verdict: undefined,
        labels: { note: '', team: 'alpha' },
        pinned: false,
        startedAt: clock.now(),
        concludedAt: undefined,
        archivedAt: undefined,
        seal: undefined,
        lastSequence: 1,
      })
      expect(await store.runs.get('r1')).toStrictEqual(run)
    })

    it('start with no more than a spec and a stage', async ({ store }) => {
      const run = await store.runs.start({ specId: 'SPEC-1', stage: 'plan' })

      expect(run).toMatchObject({ branch: undefined, expectedAgents: [], labels: {} })
      expect(run.id).not.toBe('')
      expect(await store.runs.get(run.id)).toStrictEqual(run)
    })

    it('get an id of their own when they are given none', async ({ store }) => {
      const started = await Promise.all([aRun(store), aRun(store), aRun(store)])

      expect(new Set(started.map(({ id }) => id)).size).toBe(3)
    })

    it('are undefined when nobody started them', async ({ store }) => {
      expect(await store.runs.get('nobody')).toBeUndefined()
      expect(await store.runs.bundle('nobody')).toBeUndefined()
    })

    it('conclude with a verdict, and with what was agreed', async ({ store, clock }) => {
      const started = await aRun(store, { expectedAgents: ['gemini', 'claude'] })
      clock.advance(1_500)

      const concluded = await store.runs.conclude(started.id, {
        verdict: 'degraded',
        missingAgents: ['claude'],
        agreements: ['use a queue', 'use a queue'],
        conflicts: ['which queue'],
      })

      expect(concluded).toStrictEqual({
        ...started,
        status: 'concluded',
        verdict: 'degraded',
        missingAgents: ['claude'],
        agreements: ['use a queue', 'use a queue'],
        conflicts: ['which queue'],
        concludedAt: clock.now(),
        seal: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        lastSequence: 2,
      })
      expect(await store.runs.get(started.id)).toStrictEqual(concluded)
    })

    for (const verdict of ['unanimous', 'degraded', 'failed'] as const) {
      it(`conclude as ${verdict}`, async ({ store }) => {
        const { id } = await aRun(store)

        expect(await store.runs.conclude(id, { verdict })).toMatchObject({
          verdict,
          missingAgents: [],
          agreements: [],
          conflicts: [],
        })
      })
    }

    it('conclude for good', async ({ store }) => {
      const { id } = await aRun(store)
      await store.runs.conclude(id, { verdict: 'unanimous' })

      await refusal('CONFLICT', store.runs.conclude(id, { verdict: 'failed' }))
      await refusal('CONFLICT', store.runs.abandon(id))
      expect(await store.runs.get(id)).toMatchObject({ status: 'concluded', verdict: 'unanimous' })
    })

    it('are abandoned for good, without a verdict', async ({ store }) => {
      const started = await aRun(store)
      const abandoned = await store.runs.abandon(started.id)

      expect(abandoned).toStrictEqual({ ...started, status: 'abandoned', lastSequence: 2 })
      await refusal('CONFLICT', store.runs.conclude(started.id, { verdict: 'unanimous' }))
      expect(await store.runs.get(started.id)).toStrictEqual(abandoned)
    })

    it('let agents that are still out answer after the end', async ({ store }) => {
      const { id } = await aRun(store)
      const { agentId } = await anAgent(store, { runId: id })
      await store.runs.conclude(id, { verdict: 'degraded', missingAgents: ['gemini'] })

      await store.executions.start(agentId)
      await store.executions.complete(agentId, { response: 'late' })

      expect(await store.executions.response(agentId)).toBe('late')
      expect(await store.runs.get(id)).toMatchObject({ status: 'concluded', lastSequence: 5 })
    })

    it('are pinned and unpinned, running or not', async ({ store }) => {
      const { id } = await aRun(store)

      expect(await store.runs.pin(id)).toMatchObject({ pinned: true, lastSequence: 2 })
      await store.runs.conclude(id, { verdict: 'unanimous' })
      expect(await store.runs.get(id)).toMatchObject({ pinned: true, status: 'concluded' })
      expect(await store.runs.unpin(id)).toMatchObject({ pinned: false, lastSequence: 4 })
      expect(await store.runs.pin(id)).toMatchObject({ pinned: true, lastSequence: 5 })
    })

    it('cannot change when nobody started them', async ({ store }) => {
      await refusal('NOT_FOUND', store.runs.conclude('nobody', { verdict: 'failed' }))
      await refusal('NOT_FOUND', store.runs.abandon('nobody'))
      await refusal('NOT_FOUND', store.runs.pin('nobody'))
      await refusal('NOT_FOUND', store.runs.unpin('nobody'))
    })

    it('know the sequence of their last event', async ({ store }) => {
      const { id } = await aRun(store)
      const { agentId } = await anAgent(store, { runId: id })
      await store.executions.complete(agentId, { response: 'done' })
      await aSynthesis(store, { runId: id })

      expect(await store.runs.get(id)).toMatchObject({ lastSequence: 4 })
      expect((await store.events.read(id)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4])
    })

    it('are listed by spec, stage and status, alone and together', async ({ store }) => {
      for (const specId of ['S1', 'S2']) {
        for (const stage of ['plan', 'tasks']) {
          for (const status of ['running', 'concluded', 'abandoned']) {
            const { id } = await aRun(store, { id: `${specId} ${stage} ${status}`, specId, stage })
            if (status === 'concluded') await store.runs.conclude(id, { verdict: 'unanimous' })
            if (status === 'abandoned') await store.runs.abandon(id)
          }
        }
      }
      const listed = async (query: Parameters<typeof store.runs.list>[0]) =>
        (await store.runs.list(query)).items.map(({ id }) => id).sort()

      expect(await listed(undefined)).toHaveLength(12)
      expect(await listed({ specId: 'S1' })).toHaveLength(6)
      expect(await listed({ stage: 'tasks' })).toHaveLength(6)
      expect(await listed({ status: 'concluded' })).toHaveLength(4)
      expect(await listed({ specId: 'S2', status: 'abandoned' })).toEqual([
        'S2 plan abandoned',
        'S2 tasks abandoned',
      ])
      expect(await listed({ specId: 'S1', stage: 'plan', status: 'running' })).toEqual(['S1 plan running'])
      expect(await listed({ specId: 'S3' })).toEqual([])
    })

    it('are listed as they are found', async ({ store }) => {
      const { id } = await aRun(store, { branch: 'main', labels: { a: 'b' }, expectedAgents: ['code'] })
      await store.runs.conclude(id, { verdict: 'failed', conflicts: ['all of it'] })
      await aRun(store)

      const runs = await allPages(store.runs.list)
      expect(runs).toHaveLength(2)
      for (const run of runs) expect(await store.runs.get(run.id)).toStrictEqual(run)
    })

    it('are the latest of their stage by when they started, whatever was written last', async ({
      store,
      clock,
    }) => {
      const start = clock.now()
      const newest = await aRun(store, { id: 'a-newest' })
      clock.set(new Date(start.getTime() - 60_000))
      await aRun(store, { id: 'z-older' })
      await aRun(store, { id: 'another spec', specId: 'SPEC-2' })
      clock.set(new Date(start.getTime() + 60_000))
      await aRun(store, { id: 'another stage', stage: 'tasks' })
      await store.runs.pin('z-older')

      expect(await store.runs.latest({ specId: 'SPEC-1', stage: 'plan' })).toStrictEqual(newest)
      expect(await store.runs.latest({ specId: 'SPEC-2', stage: 'plan' })).toMatchObject({
        id: 'another spec',
      })
      expect(await store.runs.latest({ specId: 'SPEC-2', stage: 'tasks' })).toBeUndefined()
    })

    it('are the latest by id when they started in the same millisecond', async ({ store }) => {
      for (const id of ['b', '\u{1F600}', 'c', '\uE000', 'a']) await aRun(store, { id })

      expect(await store.runs.latest({ specId: 'SPEC-1', stage: 'plan' })).toMatchObject({ id: '\u{1F600}' })
    })
  })
}
