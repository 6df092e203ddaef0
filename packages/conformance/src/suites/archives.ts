import { type Archive, type Json, MAX_JSON_DEPTH, stringifyBundle } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents, allPages, changesNothing, everything } from '../contents.ts'
import { anAgent, anArtifact, anEndedRun, aRun, aSynthesis } from '../fixtures.ts'
import { likeGoldenBundle } from '../golden-bundle.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'
import { mustOwnNothing, undeletable } from './deleting.ts'

export function archives(it: It): void {
  describe('archiving a run', () => {
    it('gives what the archive is, and its agents', async ({ store, clock }) => {
      await playStory(store, clock)
      const bundle = (await store.runs.bundle('run-1'))!
      const archived = await store.archives.add('run-1')

      expect(archived).toStrictEqual({
        runId: 'run-1',
        archivedAt: clock.now(),
        bytes: expect.any(Number),
        bundleBytes: Buffer.byteLength(stringifyBundle(bundle)),
        checksum: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        agentIds: ['a1', 'a2', 'a3'],
      })
      expect(archived.bytes).toBeGreaterThan(100)
      expect(archived.bytes).toBeLessThan(archived.bundleBytes)
      const { agentIds: _, ...archive } = archived
      expect(await store.archives.get('run-1')).toStrictEqual({ ...archive, bundle })
      expect(await store.archives.list()).toStrictEqual({ items: [archive], next: undefined })
    })

    it('takes all it owns out of the way, wherever one looks', async ({ store, clock }) => {
      await playStory(store, clock)
      const run = (await store.runs.get('run-1'))!
      const bundle = await store.runs.bundle('run-1')
      // Whoever keeps copies of routes has them now.
      for (const agentId of ['a1', 'a2', 'a3', 'a1']) expect(await store.routes.find(agentId)).toBeDefined()
      expect((await store.routes.findMany(['a1', 'a2', 'a3'])).size).toBe(3)
      await store.archives.add('run-1')

      await mustOwnNothing(store, 'run-1')
      expect(await store.syntheses.latest({ specId: 'SPEC-1', stage: 'plan' })).toBeUndefined()
      const archived = { ...run, archivedAt: clock.now() }
      expect(await store.runs.get('run-1')).toStrictEqual(archived)
      expect(await store.runs.latest({ specId: 'SPEC-1', stage: 'plan' })).toStrictEqual(archived)
      expect((await store.runs.list()).items).toContainEqual(archived)
      expect(await store.runs.bundle('run-1')).toStrictEqual(bundle)
    })

    it('leaves every other run as it was', async ({ store, clock }) => {
      await playStory(store, clock)
      await store.runs.record(likeGoldenBundle('golden'))
      const before = await everything(store)
      await store.archives.add('run-1')

      const left = await everything(store)
      const ofOthers = <T extends { readonly runId: string }>(rows: readonly T[]) =>
        rows.filter(({ runId }) => runId !== 'run-1')
      expect(left.bundles).toStrictEqual(before.bundles)
      expect(left.runs.filter(({ id }) => id !== 'run-1')).toStrictEqual(
        before.runs.filter(({ id }) => id !== 'run-1'),
      )
      expect(left.executions).toStrictEqual(ofOthers(before.executions))
      expect([...left.routes.values()]).toStrictEqual(ofOthers([...before.routes.values()]))
      expect(left.events).toStrictEqual(ofOthers(before.events))
      expect(left.artifacts.flatMap(({ items }) => items)).toStrictEqual(
        ofOthers(before.artifacts.flatMap(({ items }) => items)),
      )
    })

    it('again changes nothing, and gives the same', async ({ store, clock }) => {
      await playStory(store, clock)
      const archived = await store.archives.add('run-1')
      clock.advance(60_000)

      await changesNothing(store, async () => {
        expect(await store.archives.add('run-1')).toStrictEqual(archived)
        expect(await store.archives.add('run-1', {})).toStrictEqual(archived)
      })
    })

    it('that nobody started is NOT_FOUND', async ({ store }) => {
      await changesNothing(store, async () => {
        await refusal('NOT_FOUND', store.archives.add('nobody'))
        await refusal('NOT_FOUND', store.archives.restore('nobody'))
        expect(await store.archives.get('nobody')).toBeUndefined()
      })
    })

    for (const [state, make] of Object.entries(undeletable)) {
      it(`is CONFLICT and changes nothing while it ${state}`, async ({ store }) => {
        await anEndedRun(store, 'other')
        await make(store)
        await changesNothing(store, async () => {
          const { message } = await refusal('CONFLICT', store.archives.add('r'))
          expect(message).toContain('r')
        })
      })
    }

    it('inside a transaction is INVALID, for it would have to wait for itself', async ({ store }) => {
      await anEndedRun(store, 'r', 'a')
      await refusal(
        'INVALID',
        store.transaction(() => store.archives.add('r')),
      )
      expect(await store.runs.get('r')).toMatchObject({ archivedAt: undefined })
    })
  })

  describe('an archive', () => {
    it('brings its run back exactly as it was', async ({ store, clock }) => {
      await playStory(store, clock)
      await store.runs.record(likeGoldenBundle('golden'))
      await store.runs.unpin('golden')
      const before = await everything(store)
      for (const id of ['run-1', 'run-2', 'golden']) {
        await store.archives.add(id)
        clock.advance(60_000)
        expect(await store.archives.restore(id)).toStrictEqual(before.runs.find((run) => run.id === id))
        expect(await store.archives.get(id)).toBeUndefined()
      }

      const { events, ...after } = await everything(store)
      const { events: _, ...told } = before
      expect(after).toStrictEqual(told)
      expect(events.map(({ position: _, ...event }) => event).sort(byRun)).toStrictEqual(
        before.events.map(({ position: _, ...event }) => event).sort(byRun),
      )
      expect(await store.archives.list()).toStrictEqual({ items: [], next: undefined })
      expect((await store.verify()).differences).toEqual([])
    })

    it('brings back whatever a body may hold', async ({ store }) => {
      await aRun(store, { id: 'r' })
      await anAgent(store, { runId: 'r', agentId: 'a' })
      await store.executions.complete('a', { response: '\u0000\ud800 é 😀 \udfff\r\n' })
      await anArtifact(store, {
        runId: 'r',
        id: 'deep',
        content: nested(MAX_JSON_DEPTH),
        metadata: { z: -0, a: 1e300 },
      })
      await anArtifact(store, { runId: 'r', id: 'text', content: '2026-01-05T09:00:00.000Z' })
      await anArtifact(store, {
        runId: 'r',
        id: 'keys',
        content: JSON.parse('{"b":1,"a":2,"1":3,"__proto__":{"at":"2026-01-05T09:00:00.000Z"}}'),
      })
      await aSynthesis(store, { runId: 'r', id: 'large', markdown: `${'# Plan ☂\n'.repeat(400_000)}\ud83d` })
      await store.runs.abandon('r')
      const before = await everything(store)
      await store.archives.add('r')
      expect((await store.archives.get('r'))?.bundle).toStrictEqual(before.bundles[0])
      await store.archives.restore('r')

      expect((await everything(store)).bundles).toStrictEqual(before.bundles)
      expect(await store.artifacts.get('deep')).toStrictEqual({
        ...before.artifacts[0]?.items.find(({ id }) => id === 'deep'),
        content: nested(MAX_JSON_DEPTH),
      })
    })

    it('is left by a run that is put back, which goes on from there', async ({ store, clock }) => {
      await playStory(store, clock)
      await store.archives.add('run-1')
      await refusal('CONFLICT', store.runs.pin('run-1'))
      await store.archives.restore('run-1')
      const pinned = await store.runs.pin('run-1')

      expect(pinned).toMatchObject({ pinned: true, lastSequence: 14, archivedAt: undefined })
      await refusal('CONFLICT', store.archives.add('run-1'))
      await store.runs.unpin('run-1')
      await store.archives.add('run-1')
      expect((await store.archives.get('run-1'))?.bundle.events).toHaveLength(15)
    })

    it('of a run that is not archived is none, and restoring changes nothing', async ({ store, clock }) => {
      await playStory(store, clock)
      await changesNothing(store, async () => {
        expect(await store.archives.get('run-1')).toBeUndefined()
        expect(await store.archives.restore('run-1')).toStrictEqual(await store.runs.get('run-1'))
        expect(await store.archives.restore('run-3')).toMatchObject({ status: 'running' })
      })
    })

    it('is put back at positions that nobody had before', async ({ store, clock }) => {
      await playStory(store, clock)
      const before = (await allEvents(store)).at(-1)!.position
      await store.archives.add('run-1')
      expect(await store.events.position()).toBeGreaterThanOrEqual(before)
      await store.archives.restore('run-1')

      const events = await store.events.readAll({ after: before, limit: 1_000 })
      expect(events.map(({ runId, sequence }) => [runId, sequence])).toEqual(
        Array.from({ length: 13 }, (_, i) => ['run-1', i + 1]),
      )
    })

    it('of the last run there was leaves its positions to nobody', async ({ store }) => {
      await anEndedRun(store, 'r', 'a')
      const last = (await allEvents(store)).at(-1)!.position
      await store.archives.add('r')
      await aRun(store, { id: 'next' })

      const [event] = await store.events.readAll({ after: last })
      expect(event).toMatchObject({ runId: 'next' })
    })
  })

  describe('archives', () => {
    it('are listed last archived first, in pages, and those of one moment by their runs', async ({
      store,
      clock,
    }) => {
      const ids = ['a', 'B', 'é', '\uffee', '\u{1f600}', 'z']
      for (const id of ids) await anEndedRun(store, id)
      const added: Archive[] = []
      for (const [i, id] of ids.entries()) {
        if (i === 3) clock.advance(1_000)
        const { agentIds: _, ...archive } = await store.archives.add(id)
        added.push(archive)
      }
      const expected = ['\u{1f600}', '\uffee', 'z', 'é', 'a', 'B']

      for (const limit of [1, 2, 4, 6]) {
        const listed = await allPages(store.archives.list, limit)
        expect(listed.map(({ runId }) => runId)).toEqual(expected)
        expect(listed).toStrictEqual(expected.map((id) => added.find(({ runId }) => runId === id)))
      }
      const first = await store.archives.list({ limit: 2 })
      await store.archives.restore('\uffee')
      const rest = await store.archives.list({ limit: 10, cursor: first.next })
      expect(rest.items.map(({ runId }) => runId)).toEqual(['z', 'é', 'a', 'B'])
      await refusal('INVALID', store.runs.list({ cursor: first.next }))
    })

    it('are told apart by who lists runs', async ({ store, clock }) => {
      for (const [i, id] of ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'].entries()) {
        await aRun(store, { id, specId: `SPEC-${i % 2}`, stage: i < 4 ? 'plan' : 'tasks' })
        if (i !== 5) await store.runs.conclude(id, { verdict: 'unanimous' })
        clock.advance(1_000)
      }
      for (const id of ['r1', 'r2', 'r4']) await store.archives.add(id)
      const listed = async (query: Parameters<typeof store.runs.list>[0]) =>
        (await allPages((page) => store.runs.list({ ...query, ...page }), 1)).map(({ id }) => id)

      expect(await listed({})).toEqual(['r5', 'r4', 'r3', 'r2', 'r1', 'r0'])
      expect(await listed({ archived: true })).toEqual(['r4', 'r2', 'r1'])
      expect(await listed({ archived: false })).toEqual(['r5', 'r3', 'r0'])
      expect(await listed({ archived: true, specId: 'SPEC-0' })).toEqual(['r4', 'r2'])
      expect(await listed({ archived: true, specId: 'SPEC-0', stage: 'plan' })).toEqual(['r2'])
      expect(await listed({ archived: false, status: 'concluded' })).toEqual(['r3', 'r0'])
      expect(await listed({ archived: true, status: 'running' })).toEqual([])
      const { next } = await store.runs.list({ archived: true, limit: 1 })
      await refusal('INVALID', store.runs.list({ archived: false, cursor: next }))
      await refusal('INVALID', store.runs.list({ cursor: next }))
    })
  })
}

const byRun = (
  a: { readonly runId: string; readonly sequence: number },
  b: { readonly runId: string; readonly sequence: number },
) => (a.runId < b.runId ? -1 : a.runId > b.runId ? 1 : a.sequence - b.sequence)

/** JSON as deep as JSON may be. */
function nested(depth: number): Json {
  let value: Json = 'here'
  for (let i = 0; i < depth; i++) value = [value]
  return value
}
