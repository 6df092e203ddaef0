import { describe, expect } from 'vitest'
import { startProcess } from '../processes/process.ts'
import { exactRoutes, mustBeExact, newSeed } from '../routing/exact-routes.ts'
import { playCrews } from '../routing/play-crews.ts'
import type { It } from '../store-test.ts'

const timeout = 240_000
const lives = 50

export function routeRaces(it: It): void {
  describe('routes found while agents are spawned and deleted', () => {
    it('are what they were or are, never anything else', { timeout }, async ({ store }) => {
      await exactRoutes([store], { lives })

      expect((await store.verify()).differences).toEqual([])
    })

    it('are so too while another process does the same, but for the time the store states', {
      timeout,
    }, async ({ sharedPlace, staleRoutesMs }) => {
      const seed = newSeed()
      const crews = ['v', 'w']
      const otherCrews = ['x', 'y']
      await using store = await sharedPlace.open()
      await using other = await startProcess(sharedPlace, 'route', {
        seed: seed + 1,
        by: 'other',
        crews: otherCrews,
        otherCrews: crews,
        lives,
      })
      await other.open()
      const playing = other.start()
      const here = await playCrews(
        store,
        { seed, by: 'this', crews, otherCrews, lives },
        {
          async others(done) {
            await Promise.all([done, other.reported(1)])
            other.letGo()
          },
        },
      )
      const there = await playing

      mustBeExact([here, there], seed, staleRoutesMs)
      expect((await store.verify()).differences).toEqual([])
    })
  })
}
