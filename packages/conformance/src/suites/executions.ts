import type { ConsensusStore, Execution } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allPages } from '../contents.ts'
import { anAgent, aRun } from '../fixtures.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'

type End = (store: ConsensusStore, agentId: string) => Promise<Execution>

const endings: Readonly<Record<string, End>> = {
  completed: (store, agentId) => store.executions.complete(agentId, { response: 'done' }),
  failed: (store, agentId) => store.executions.fail(agentId, { reason: 'error', message: 'no answer' }),
  cancelled: (store, agentId) => store.executions.cancel(agentId),
  'timed-out': (store, agentId) => store.executions.timeOut(agentId),
}

export function executions(it: It): void {
  describe('executions', () => {
    it('are spawned into a run, which says what they work on', async ({ store, clock }) => {
      const run = await aRun(store, { specId: 'SPEC-7', stage: 'audit', branch: 'main' })
      clock.advance(10)
      const execution = await store.executions.spawn({
        agentId: 'a1',
        runId: run.id,
        agentName: 'claude',
        phaseType: 'quality-gate',
        modelVersion: 'opus-1',
      })

      expect(execution).toStrictEqual({
        agentId: 'a1',
        runId: run.id,
        specId: 'SPEC-7',
        stage: 'audit',
        branch: 'main',
        agentName: 'claude',
        phaseType: 'quality-gate',
        modelVersion: 'opus-1',
        status: 'spawned',
        spawnedAt: clock.now(),
        startedAt: undefined,
        endedAt: undefined,
        failure: undefined,
        responseBytes: undefined,
        responseDigest: undefined,
      })
      expect(await store.executions.get('a1')).toStrictEqual(execution)
    })

    it('get an id of their own when they are given none', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const spawned = await Promise.all([anAgent(store, { runId }), anAgent(store, { runId })])

      expect(new Set(spawned.map(({ agentId }) => agentId)).size).toBe(2)
      expect(spawned[0]).toMatchObject({ branch: undefined, modelVersion: undefined })
      expect(await store.executions.get(spawned[0]!.agentId)).toStrictEqual(spawned[0])
    })

    it('are undefined when nobody spawned them', async ({ store }) => {
      expect(await store.executions.get('nobody')).toBeUndefined()
      expect(await store.executions.response('nobody')).toBeUndefined()
    })

    it('need a run that is running', async ({ store }) => {
      await refusal('NOT_FOUND', anAgent(store, { runId: 'nobody' }))
      const concluded = await aRun(store)
      await store.runs.conclude(concluded.id, { verdict: 'failed' })
      await refusal('CONFLICT', anAgent(store, { runId: concluded.id, agentId: 'late' }))
      const abandoned = await aRun(store)
      await store.runs.abandon(abandoned.id)
      await refusal('CONFLICT', anAgent(store, { runId: abandoned.id, agentId: 'late' }))

      expect(await store.executions.get('late')).toBeUndefined()
    })

    it('belong to one run only', async ({ store }) => {
      const [one, other] = [await aRun(store), await aRun(store)]
      await anAgent(store, { runId: one.id, agentId: 'a1' })

      await refusal('CONFLICT', anAgent(store, { runId: other.id, agentId: 'a1' }))
      expect(await store.executions.get('a1')).toMatchObject({ runId: one.id })
    })

    it('start, and say when', async ({ store, clock }) => {
      const spawned = await anAgent(store, { runId: (await aRun(store)).id })
      clock.advance(5)
      const started = await store.executions.start(spawned.agentId)

      expect(started).toStrictEqual({ ...spawned, status: 'running', startedAt: clock.now() })
      expect(await store.executions.get(spawned.agentId)).toStrictEqual(started)
    })

    it('complete with a response, which is kept beside them', async ({ store, clock }) => {
      const spawned = await anAgent(store, { runId: (await aRun(store)).id })
      await store.executions.start(spawned.agentId)
      const startedAt = clock.now()
      clock.advance(60_000)
      const completed = await store.executions.complete(spawned.agentId, { response: 'naïve ☂' })

      expect(completed).toStrictEqual({
        ...spawned,
        status: 'completed',
        startedAt,
        endedAt: clock.now(),
        responseBytes: 10,
        responseDigest: 'b5033ecc761beba9c1e97ad0ebde9eadd713c0d54ae7984f6eebe1b5f1a9fd67',
      })
      expect(await store.executions.get(spawned.agentId)).toStrictEqual(completed)
      expect(await store.executions.response(spawned.agentId)).toBe('naïve ☂')
    })

    it('complete with an empty response, which is not no response', async ({ store }) => {
      const { agentId } = await anAgent(store, { runId: (await aRun(store)).id })
      expect(await store.executions.response(agentId)).toBeUndefined()

      expect(await store.executions.complete(agentId, { response: '' })).toMatchObject({ responseBytes: 0 })
      expect(await store.executions.response(agentId)).toBe('')
    })

    it('fail with a reason and a message', async ({ store, clock }) => {
      const spawned = await anAgent(store, { runId: (await aRun(store)).id })
      clock.advance(1)
      const failed = await store.executions.fail(spawned.agentId, { reason: 'rate-limit', message: '' })

      expect(failed).toStrictEqual({
        ...spawned,
        status: 'failed',
        endedAt: clock.now(),
        failure: { reason: 'rate-limit', message: '' },
      })
      expect(await store.executions.get(spawned.agentId)).toStrictEqual(failed)
      expect(await store.executions.response(spawned.agentId)).toBeUndefined()
    })

    it('fail with the answer that was no use', async ({ store }) => {
      const { agentId } = await anAgent(store, { runId: (await aRun(store)).id })
      const failed = await store.executions.fail(agentId, {
        reason: 'extraction',
        message: 'no JSON in it',
        response: 'Sorry!',
      })

      expect(failed).toMatchObject({
        status: 'failed',
        failure: { reason: 'extraction', message: 'no JSON in it' },
        responseBytes: 6,
      })
      expect(await store.executions.response(agentId)).toBe('Sorry!')
    })

    it('are cancelled, or time out, without an answer', async ({ store, clock }) => {
      const { id: runId } = await aRun(store)
      const one = await anAgent(store, { runId })
      const other = await anAgent(store, { runId })
      clock.advance(1)

      expect(await store.executions.cancel(one.agentId)).toStrictEqual({
        ...one,
        status: 'cancelled',
        endedAt: clock.now(),
      })
      expect(await store.executions.timeOut(other.agentId)).toStrictEqual({
        ...other,
        status: 'timed-out',
        endedAt: clock.now(),
      })
    })

    for (const [first, end] of Object.entries(endings)) {
      for (const [second, endAgain] of Object.entries(endings)) {
        if (first === second) continue
        it(`that are ${first} are never ${second}`, async ({ store }) => {
          const { agentId } = await anAgent(store, { runId: (await aRun(store)).id })
          const ended = await end(store, agentId)
          const response = await store.executions.response(agentId)

          await refusal('CONFLICT', endAgain(store, agentId))
          expect(await store.executions.get(agentId)).toStrictEqual(ended)
          expect(await store.executions.response(agentId)).toBe(response)
        })
      }

      it(`are ${first} from running as from spawned`, async ({ store }) => {
        const { id: runId } = await aRun(store)
        const spawned = await anAgent(store, { runId })
        const { agentId, startedAt } = await store.executions.start((await anAgent(store, { runId })).agentId)

        expect(await end(store, spawned.agentId)).toMatchObject({ status: first, startedAt: undefined })
        expect(await end(store, agentId)).toMatchObject({ status: first, startedAt })
      })

      it(`that are ${first} without starting never start`, async ({ store }) => {
        const { agentId } = await anAgent(store, { runId: (await aRun(store)).id })
        const ended = await end(store, agentId)

        await refusal('CONFLICT', store.executions.start(agentId))
        expect(await store.executions.get(agentId)).toStrictEqual(ended)
      })
    }

    it('cannot change when nobody spawned them', async ({ store }) => {
      await refusal('NOT_FOUND', store.executions.start('nobody'))
      for (const end of Object.values(endings)) await refusal('NOT_FOUND', end(store, 'nobody'))
    })

    it('are listed by run, spec, stage and status, alone and together', async ({ store }) => {
      await anAgentInEveryStatus(store, await aRun(store, { id: 'r1', specId: 'S1', stage: 'plan' }))
      await anAgentInEveryStatus(store, await aRun(store, { id: 'r2', specId: 'S1', stage: 'tasks' }))
      await anAgentInEveryStatus(store, await aRun(store, { id: 'r3', specId: 'S2', stage: 'plan' }))
      const listed = async (query: Parameters<typeof store.executions.list>[0]) =>
        (await store.executions.list(query)).items.map(({ agentId }) => agentId).sort()

      expect(await listed(undefined)).toHaveLength(18)
      expect(await listed({ runId: 'r1' })).toHaveLength(6)
      expect(await listed({ specId: 'S1' })).toHaveLength(12)
      expect(await listed({ stage: 'plan' })).toHaveLength(12)
      expect(await listed({ status: 'timed-out' })).toEqual(['r1 timed-out', 'r2 timed-out', 'r3 timed-out'])
      expect(await listed({ specId: 'S1', stage: 'tasks', status: 'running' })).toEqual(['r2 running'])
      expect(await listed({ runId: 'r3', status: 'spawned' })).toEqual(['r3 spawned'])
      expect(await listed({ runId: 'r3', specId: 'S1' })).toEqual([])
    })

    it('are listed as they are found, without their responses', async ({ store }) => {
      await anAgentInEveryStatus(store, await aRun(store, { branch: 'main' }))

      const executions = await allPages(store.executions.list)
      expect(executions).toHaveLength(6)
      for (const execution of executions) {
        expect(execution).not.toHaveProperty('response')
        expect(await store.executions.get(execution.agentId)).toStrictEqual(execution)
      }
    })

    it('are failures when they failed or timed out', async ({ store }) => {
      await anAgentInEveryStatus(store, await aRun(store, { id: 'r1', specId: 'S1' }))
      await anAgentInEveryStatus(store, await aRun(store, { id: 'r2', specId: 'S2' }))
      const listed = async (query: Parameters<typeof store.executions.failures>[0]) =>
        (await store.executions.failures(query)).items.map(({ agentId }) => agentId).sort()

      expect(await listed(undefined)).toEqual(['r1 failed', 'r1 timed-out', 'r2 failed', 'r2 timed-out'])
      expect(await listed({ specId: 'S2' })).toEqual(['r2 failed', 'r2 timed-out'])
      expect((await store.executions.failures({ specId: 'S1' })).items).toContainEqual(
        await store.executions.get('r1 failed'),
      )
    })

    it('are stale when they were spawned before an instant and have not ended', async ({ store, clock }) => {
      const old = await aRun(store, { id: 'old' })
      await anAgentInEveryStatus(store, old)
      clock.advance(1)
      const olderThan = clock.now()
      await anAgentInEveryStatus(store, await aRun(store, { id: 'new' }))
      await store.runs.conclude(old.id, { verdict: 'failed' })
      const listed = async (query: Parameters<typeof store.executions.stale>[0]) =>
        (await store.executions.stale(query)).items.map(({ agentId }) => agentId).sort()

      expect(await listed({ olderThan })).toEqual(['old running', 'old spawned'])
      expect(await listed({ olderThan: old.startedAt })).toEqual([])
      expect(await listed({ olderThan: new Date(olderThan.getTime() + 1) })).toEqual([
        'new running',
        'new spawned',
        'old running',
        'old spawned',
      ])
    })
  })
}

async function anAgentInEveryStatus(store: ConsensusStore, { id: runId }: { id: string }): Promise<void> {
  for (const status of ['spawned', 'running', ...Object.keys(endings)]) {
    const { agentId } = await anAgent(store, { runId, agentId: `${runId} ${status}` })
    if (status !== 'spawned') await store.executions.start(agentId)
    await endings[status]?.(store, agentId)
  }
}
