import type { Env } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { contents } from '../contents.ts'
import { anAgent, anArtifact, aRun, aSynthesis } from '../fixtures.ts'
import { goldenBundle } from '../golden-bundle.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

export function clocks(it: It): void {
  describe('clocks', () => {
    it('are the only source of instants, whatever the time really is', async ({ store, clock }) => {
      const at = new Date('1999-12-31T23:59:59.999Z')
      clock.set(at)
      await playStory(store)

      const { bundles, events } = await contents(store)
      expect(new Set(events.map((event) => event.at.getTime()))).toEqual(new Set([at.getTime()]))
      expect(instantsIn(bundles)).toEqual(new Set([at.getTime()]))
    })

    it('are the only source of ids', async ({ store }) => {
      const run = await aRun(store)
      const { agentId } = await anAgent(store, { runId: run.id })
      const artifact = await anArtifact(store, { runId: run.id })
      const synthesis = await aSynthesis(store, { runId: run.id })

      expect([run.id, agentId, artifact.id, synthesis.id]).toEqual([
        'id-000001',
        'id-000002',
        'id-000003',
        'id-000004',
      ])
    })

    it('are read once for a change: its row and its event say the same', async ({ openStore }) => {
      let ms = 0
      let ids = 0
      const restless: Env = { now: () => new Date(1_767_600_000_000 + ms++), newId: () => `id-${ids++}` }
      const store = await openStore(restless)
      await playStory(store)

      expect((await store.verify()).differences).toEqual([])
      for (const { run, events } of (await contents(store)).bundles) {
        expect(run.startedAt).toStrictEqual(events[0]?.at)
      }
    })

    it('may hand out the same Date again and change it', async ({ openStore }) => {
      const shared = new Date(1_767_600_000_000)
      let ids = 0
      const store = await openStore({ now: () => shared, newId: () => `id-${ids++}` })
      const run = await aRun(store)
      shared.setTime(0)

      expect(run.startedAt.getTime()).toBe(1_767_600_000_000)
      expect(await store.runs.get(run.id)).toStrictEqual(run)
    })

    it('may go backwards: logs keep the order in which things happened', async ({ store, clock }) => {
      const run = await aRun(store)
      clock.advance(-3_600_000)
      const earlier = clock.now()
      const { agentId } = await anAgent(store, { runId: run.id })
      clock.advance(-1)
      await store.executions.complete(agentId, { response: 'before it was asked' })

      expect((await store.events.read(run.id)).map(({ type }) => type)).toEqual([
        'run.started',
        'execution.spawned',
        'execution.completed',
      ])
      expect(await store.executions.get(agentId)).toMatchObject({
        spawnedAt: earlier,
        endedAt: new Date(earlier.getTime() - 1),
      })
      expect((await store.verify()).differences).toEqual([])
    })

    for (const at of [
      '1970-01-01T00:00:00.000Z',
      '1969-12-31T23:59:59.999Z',
      '0001-01-01T00:00:00.001Z',
      '2026-03-29T01:30:00.123Z',
      '2038-01-19T03:14:08.001Z',
      '9999-12-31T23:59:59.999Z',
    ]) {
      it(`keep every millisecond: ${at}`, async ({ store, clock }) => {
        clock.set(new Date(at))
        const { id } = await aRun(store, { id: 'r' })
        const { agentId } = await anAgent(store, { runId: id })
        clock.advance(1)
        await store.executions.start(agentId)
        const later = clock.now()

        expect((await store.runs.get(id))?.startedAt.toISOString()).toBe(at)
        expect(await store.executions.get(agentId)).toMatchObject({
          spawnedAt: new Date(at),
          startedAt: later,
        })
        expect((await store.events.read(id)).map((event) => event.at)).toEqual([
          new Date(at),
          new Date(at),
          later,
        ])
        const stale = async (olderThan: Date) => (await store.executions.stale({ olderThan })).items
        expect(await stale(new Date(at))).toEqual([])
        expect(await stale(later)).toHaveLength(1)
      })
    }

    it('do not touch what is recorded: it keeps its own instants', async ({ store }) => {
      await store.runs.record(goldenBundle())

      expect(await store.runs.bundle('golden')).toEqual(goldenBundle())
    })
  })
}

function instantsIn(value: unknown, found = new Set<number>()): Set<number> {
  if (value instanceof Date) return found.add(value.getTime())
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) instantsIn(member, found)
  }
  return found
}
