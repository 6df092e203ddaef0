import { describe, expect } from 'vitest'
import { changesNothing } from '../contents.ts'
import { anAgent, aRun } from '../fixtures.ts'
import { goldenBundle } from '../golden-bundle.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory, story } from '../story.ts'

export function verifying(it: It): void {
  describe('verifying', () => {
    it('counts what it looked at, and finds nothing', async ({ store }) => {
      expect(await store.verify()).toEqual({ runs: 0, events: 0, differences: [] })
      await playStory(store)
      await store.runs.record(goldenBundle())

      expect(await store.verify()).toEqual({ runs: 4, events: story.length + 10, differences: [] })
    })

    it('looks at one run when told', async ({ store }) => {
      await playStory(store)

      expect(await store.verify('run-3')).toEqual({ runs: 1, events: 3, differences: [] })
      await refusal('NOT_FOUND', store.verify('nobody'))
    })

    it('tells how far it is', async ({ store }) => {
      await playStory(store)
      let runs = 0
      await store.verify(undefined, {
        progress: (more) => {
          runs += more
        },
      })

      expect(runs).toBe(3)
    })

    it('changes nothing', async ({ store }) => {
      await playStory(store)
      await changesNothing(store, () => store.verify())
    })

    it('finds nothing while writers go on', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const writing = Promise.all(
        Array.from({ length: 40 }, async () => {
          const { agentId } = await anAgent(store, { runId })
          await store.executions.complete(agentId, { response: agentId })
        }),
      )
      const found = await Promise.all(Array.from({ length: 10 }, () => store.verify()))
      await writing
      found.push(await store.verify())

      for (const { differences } of found) expect(differences).toEqual([])
      expect(found.at(-1)).toMatchObject({ runs: 1, events: 81 })
    })
  })
}
