import { describe, expect } from 'vitest'
import { allPages } from '../contents.ts'
import { anArtifact, aRun } from '../fixtures.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'

export function artifacts(it: It): void {
  describe('artifacts', () => {
    it('are added to a run, which says what they are about', async ({ store, clock }) => {
      const run = await aRun(store, { specId: 'SPEC-7', stage: 'audit', branch: 'main' })
      clock.advance(10)
      const artifact = await store.artifacts.add({
        id: 'art-1',
        runId: run.id,
        agentName: 'claude',
        modelVersion: 'opus-1',
        content: { steps: ['one', 'two'] },
        metadata: { tokens: 12 },
      })

      expect(artifact).toStrictEqual({
        id: 'art-1',
        runId: run.id,
        specId: 'SPEC-7',
        stage: 'audit',
        branch: 'main',
        agentName: 'claude',
        modelVersion: 'opus-1',
        createdAt: clock.now(),
        contentBytes: 23,
        contentDigest: '64e0e47a9e7e19d210fe45a6f707847a341eace4a3bf8dd352e721fe2284dd4c',
        metadataDigest: '1a1e859c852649ecb12f421d514e1dd15b1804d417c0dc1db84c9cbbc84a47a5',
        metadata: { tokens: 12 },
      })
      expect(await store.artifacts.get('art-1')).toStrictEqual({
        ...artifact,
        content: { steps: ['one', 'two'] },
      })
    })

    it('have empty metadata, no model and an id of their own unless given', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const added = await Promise.all([anArtifact(store, { runId }), anArtifact(store, { runId })])

      expect(added[0]).toMatchObject({ metadata: {}, modelVersion: undefined, branch: undefined })
      expect(added[0]!.id).not.toBe(added[1]!.id)
      expect(await store.artifacts.get(added[0]!.id)).toStrictEqual({
        ...added[0],
        content: { plan: 'first' },
      })
    })

    it('are undefined when nobody added them', async ({ store }) => {
      expect(await store.artifacts.get('nobody')).toBeUndefined()
    })

    it('need a run that is running', async ({ store }) => {
      await refusal('NOT_FOUND', anArtifact(store, { runId: 'nobody', id: 'late' }))
      const concluded = await aRun(store)
      await store.runs.conclude(concluded.id, { verdict: 'failed' })
      await refusal('CONFLICT', anArtifact(store, { runId: concluded.id, id: 'late' }))
      const abandoned = await aRun(store)
      await store.runs.abandon(abandoned.id)
      await refusal('CONFLICT', anArtifact(store, { runId: abandoned.id, id: 'late' }))

      expect(await store.artifacts.get('late')).toBeUndefined()
    })

    it('belong to one run only', async ({ store }) => {
      const [one, other] = [await aRun(store), await aRun(store)]
      await anArtifact(store, { runId: one.id, id: 'art-1' })

      await refusal('CONFLICT', anArtifact(store, { runId: other.id, id: 'art-1' }))
      expect(await store.artifacts.get('art-1')).toMatchObject({ runId: one.id })
    })

    it('may share one content', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const content = { plan: 'the same' }
      await anArtifact(store, { runId, id: 'one', content })
      await anArtifact(store, { runId, id: 'two', content, metadata: { plan: 'the same' } })

      expect(await store.artifacts.get('one')).toMatchObject({ content, metadata: {} })
      expect(await store.artifacts.get('two')).toMatchObject({ content, metadata: content })
    })

    it('are listed by run, or by spec and stage', async ({ store }) => {
      await aRun(store, { id: 'r1', specId: 'S1', stage: 'plan' })
      await aRun(store, { id: 'r2', specId: 'S1', stage: 'plan' })
      await aRun(store, { id: 'r3', specId: 'S1', stage: 'tasks' })
      await aRun(store, { id: 'r4', specId: 'S2', stage: 'plan' })
      for (const runId of ['r1', 'r2', 'r3', 'r4']) {
        await anArtifact(store, { runId, id: `${runId} x` })
        await anArtifact(store, { runId, id: `${runId} y` })
      }
      const listed = async (query: Parameters<typeof store.artifacts.list>[0]) =>
        (await store.artifacts.list(query)).items.map(({ id }) => id).sort()

      expect(await listed({ runId: 'r1' })).toEqual(['r1 x', 'r1 y'])
      expect(await listed({ specId: 'S1', stage: 'plan' })).toEqual(['r1 x', 'r1 y', 'r2 x', 'r2 y'])
      expect(await listed({ specId: 'S1', stage: 'tasks' })).toEqual(['r3 x', 'r3 y'])
      expect(await listed({ runId: 'nobody' })).toEqual([])
      expect(await listed({ specId: 'S2', stage: 'tasks' })).toEqual([])
    })

    it('are listed as they are found, but without their content', async ({ store }) => {
      const { id: runId } = await aRun(store, { branch: 'main' })
      await anArtifact(store, { runId, metadata: { a: [1] }, modelVersion: 'm' })
      await anArtifact(store, { runId, content: null })

      const artifacts = await allPages((page) => store.artifacts.list({ runId, ...page }))
      expect(artifacts).toHaveLength(2)
      for (const artifact of artifacts) {
        expect(artifact).not.toHaveProperty('content')
        const { content: _, ...found } = (await store.artifacts.get(artifact.id))!
        expect(artifact).toStrictEqual(found)
      }
    })
  })
}
