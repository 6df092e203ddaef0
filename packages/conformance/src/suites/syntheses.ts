import { describe, expect } from 'vitest'
import { allPages } from '../contents.ts'
import { aRun, aSynthesis } from '../fixtures.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'

export function syntheses(it: It): void {
  describe('syntheses', () => {
    it('are added to a run, which says what they are about', async ({ store, clock }) => {
      const run = await aRun(store, { specId: 'SPEC-7', stage: 'audit', branch: 'main' })
      clock.advance(10)
      const synthesis = await store.syntheses.add({
        id: 'syn-1',
        runId: run.id,
        verdict: 'degraded',
        markdown: '# What we found',
        agreements: ['use a queue'],
        conflicts: ['which queue', 'when'],
        outputPath: 'docs/SPEC-7/audit.md',
        metadata: { tokens: 12 },
      })

      expect(synthesis).toStrictEqual({
        id: 'syn-1',
        runId: run.id,
        specId: 'SPEC-7',
        stage: 'audit',
        branch: 'main',
        verdict: 'degraded',
        agreements: ['use a queue'],
        conflicts: ['which queue', 'when'],
        outputPath: 'docs/SPEC-7/audit.md',
        createdAt: clock.now(),
        markdownBytes: 15,
        markdownDigest: '9b4c00fbab7460c38cf05c857fa5c972802d7b4d9f74d13a97cd79109c3c0ca9',
        metadataDigest: '1a1e859c852649ecb12f421d514e1dd15b1804d417c0dc1db84c9cbbc84a47a5',
        metadata: { tokens: 12 },
      })
      expect(await store.syntheses.get('syn-1')).toStrictEqual({ ...synthesis, markdown: '# What we found' })
    })

    it('have no agreements, conflicts, path or metadata unless given', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const added = await Promise.all([aSynthesis(store, { runId }), aSynthesis(store, { runId })])

      expect(added[0]).toMatchObject({ agreements: [], conflicts: [], outputPath: undefined, metadata: {} })
      expect(added[0]!.id).not.toBe(added[1]!.id)
      expect(await store.syntheses.get(added[0]!.id)).toStrictEqual({ ...added[0], markdown: '# Plan' })
    })

    it('are undefined when nobody added them', async ({ store }) => {
      expect(await store.syntheses.get('nobody')).toBeUndefined()
      expect(await store.syntheses.latest({ specId: 'SPEC-1', stage: 'plan' })).toBeUndefined()
    })

    it('need a run that is running', async ({ store }) => {
      await refusal('NOT_FOUND', aSynthesis(store, { runId: 'nobody', id: 'late' }))
      const concluded = await aRun(store)
      await store.runs.conclude(concluded.id, { verdict: 'failed' })
      await refusal('CONFLICT', aSynthesis(store, { runId: concluded.id, id: 'late' }))
      const abandoned = await aRun(store)
      await store.runs.abandon(abandoned.id)
      await refusal('CONFLICT', aSynthesis(store, { runId: abandoned.id, id: 'late' }))

      expect(await store.syntheses.get('late')).toBeUndefined()
    })

    it('belong to one run only', async ({ store }) => {
      const [one, other] = [await aRun(store), await aRun(store)]
      await aSynthesis(store, { runId: one.id, id: 'syn-1' })

      await refusal('CONFLICT', aSynthesis(store, { runId: other.id, id: 'syn-1' }))
      expect(await store.syntheses.get('syn-1')).toMatchObject({ runId: one.id })
    })

    it('are listed by run, or by spec and stage', async ({ store }) => {
      await aRun(store, { id: 'r1', specId: 'S1', stage: 'plan' })
      await aRun(store, { id: 'r2', specId: 'S1', stage: 'plan' })
      await aRun(store, { id: 'r3', specId: 'S1', stage: 'tasks' })
      await aRun(store, { id: 'r4', specId: 'S2', stage: 'plan' })
      for (const runId of ['r1', 'r2', 'r3', 'r4']) await aSynthesis(store, { runId, id: `of ${runId}` })
      const listed = async (query: Parameters<typeof store.syntheses.list>[0]) =>
        (await store.syntheses.list(query)).items.map(({ id }) => id).sort()

      expect(await listed({ runId: 'r1' })).toEqual(['of r1'])
      expect(await listed({ specId: 'S1', stage: 'plan' })).toEqual(['of r1', 'of r2'])
      expect(await listed({ specId: 'S2', stage: 'plan' })).toEqual(['of r4'])
      expect(await listed({ runId: 'nobody' })).toEqual([])
      expect(await listed({ specId: 'S2', stage: 'tasks' })).toEqual([])
    })

    it('are listed as they are found, but without their markdown', async ({ store }) => {
      const { id: runId } = await aRun(store, { branch: 'main' })
      await aSynthesis(store, { runId, agreements: ['a'], outputPath: 'p', metadata: [1] })
      await aSynthesis(store, { runId, verdict: 'failed', markdown: '' })

      const syntheses = await allPages((page) => store.syntheses.list({ runId, ...page }))
      expect(syntheses).toHaveLength(2)
      for (const synthesis of syntheses) {
        expect(synthesis).not.toHaveProperty('markdown')
        const { markdown: _, ...found } = (await store.syntheses.get(synthesis.id))!
        expect(synthesis).toStrictEqual(found)
      }
    })

    it('are the latest of their stage by when they were added, in whatever run', async ({ store, clock }) => {
      const start = clock.now()
      await aRun(store, { id: 'older run' })
      clock.advance(1)
      await aRun(store, { id: 'newer run' })
      await aRun(store, { id: 'other stage', stage: 'tasks' })
      clock.advance(1_000)
      const newest = await aSynthesis(store, { runId: 'older run', id: 'a', markdown: 'newest' })
      clock.set(start)
      await aSynthesis(store, { runId: 'newer run', id: 'z' })
      clock.advance(2_000)
      await aSynthesis(store, { runId: 'other stage' })

      expect(await store.syntheses.latest({ specId: 'SPEC-1', stage: 'plan' })).toStrictEqual({
        ...newest,
        markdown: 'newest',
      })
      expect(await store.syntheses.latest({ specId: 'SPEC-2', stage: 'plan' })).toBeUndefined()
    })

    it('are the latest by id when they were added in the same millisecond', async ({ store }) => {
      const { id: runId } = await aRun(store)
      for (const id of ['b', '\u{1F600}', 'c', '\uE000', 'a']) await aSynthesis(store, { runId, id })

      expect(await store.syntheses.latest({ specId: 'SPEC-1', stage: 'plan' })).toMatchObject({
        id: '\u{1F600}',
      })
    })
  })
}
