import { describe, expect } from 'vitest'
import { contents } from '../contents.ts'
import { anAgent, anArtifact, aRun } from '../fixtures.ts'
import { goldenBundle } from '../golden-bundle.ts'
import { anOwner, lists } from '../lists.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory, story } from '../story.ts'

export function restarting(it: It): void {
  describe('restarting', () => {
    it('finds everything as it was', async ({ durablePlace, clock }) => {
      const before = await durablePlace.open({ env: clock })
      await playStory(before, clock)
      await before.runs.record(goldenBundle())
      const written = await contents(before)
      await before.close()

      for (let time = 0; time < 3; time++) {
        await using after = await durablePlace.open()
        expect(await contents(after)).toStrictEqual(written)
        expect((await after.verify()).differences).toEqual([])
      }
    })

    it('finds nothing where nothing was written', async ({ durablePlace }) => {
      await (await durablePlace.open()).close()

      await using store = await durablePlace.open()
      expect(await contents(store)).toEqual({ bundles: [], events: [] })
    })

    it('keeps the identity of the store', async ({ durablePlace }) => {
      const before = await durablePlace.open()
      const identity = await before.identity()
      await playStory(before)
      await before.close()

      await using after = await durablePlace.open()
      expect(await after.identity()).toBe(identity)
    })

    it('goes on where it was', async ({ durablePlace, clock }) => {
      const before = await durablePlace.open({ env: clock })
      await playStory(before, clock)
      const { position } = (await before.events.readAll()).at(-1)!
      await before.close()

      await using after = await durablePlace.open({ env: clock })
      await after.executions.complete('c1', { response: 'after' })
      const news = await after.events.readAll({ after: position })
      expect(news).toMatchObject([{ runId: 'run-3', sequence: 4, type: 'execution.completed' }])
      expect(await after.routes.find('c1')).toMatchObject({ runId: 'run-3' })
    })

    it('knows the facts it was given before', async ({ durablePlace, clock }) => {
      const before = await durablePlace.open({ env: clock })
      for (const [, write] of story.slice(0, 4)) await write(before)
      const written = await contents(before)
      await before.close()

      await using after = await durablePlace.open({ env: clock })
      for (const [, write] of story.slice(0, 4)) await write(after)
      expect(await contents(after)).toStrictEqual(written)
      await refusal('CONFLICT', anAgent(after, { runId: 'run-1', agentId: 'a1', agentName: 'another' }))
    })

    it('honours the cursors it gave before', async ({ durablePlace, clock }) => {
      const before = await durablePlace.open({ env: clock })
      await anOwner(before)
      const cursors = new Map<string, string>()
      for (const [what, list] of Object.entries(lists)) {
        for (const id of ['a', 'b']) await list.add(before, `${what} ${id}`)
      }
      for (const [what, list] of Object.entries(lists)) {
        cursors.set(what, (await list.ids(before, { limit: 1 })).next!)
      }
      await before.close()

      await using after = await durablePlace.open({ env: clock })
      for (const [what, list] of Object.entries(lists)) {
        const [, second] = (await list.ids(after)).items
        expect((await list.ids(after, { cursor: cursors.get(what) })).items[0]).toBe(second)
      }
    })

    it('keeps what was under way when it was closed', async ({ durablePlace }) => {
      const before = await durablePlace.open()
      const { id: runId } = await aRun(before)
      const agents = Array.from({ length: 20 }, (_, i) => `a${i}`)
      const underWay = [
        ...agents.map((agentId) => anAgent(before, { runId, agentId })),
        before.transaction((tx) => anArtifact(tx, { runId, id: 'within' })),
      ]
      await Promise.all([before.close(), ...underWay])

      await using after = await durablePlace.open()
      expect((await after.routes.findMany(agents)).size).toBe(20)
      expect(await after.artifacts.get('within')).toMatchObject({ runId })
    })

    it('keeps nothing of what was undone', async ({ durablePlace }) => {
      const before = await durablePlace.open()
      await aRun(before, { id: 'kept' })
      const undone = before.transaction(async (tx) => {
        await playStory(tx)
        throw new Error('undone')
      })
      await expect(undone).rejects.toThrow('undone')
      await before.close()

      await using after = await durablePlace.open()
      expect((await contents(after)).bundles.map(({ run }) => run.id)).toEqual(['kept'])
    })
  })
}
