import { describe, expect } from 'vitest'
import { startProcess } from '../processes/process.ts'
import { checkFinds } from '../routing/check-finds.ts'
import type { Observations } from '../routing/observations.ts'
import { playCrews } from '../routing/play-crews.ts'
import type { It } from '../store-test.ts'

const timeout = 240_000
const lives = 50

export function routeRaces(it: It): void {
  describe('routes found while agents are spawned and deleted', () => {
    it('are what they were or are, never anything else', { timeout }, async ({ store }) => {
      const seed = newSeed()
      const workload = { seed, by: 'this', crews: ['v', 'w', 'x', 'y'], otherCrews: [], lives }
      const observed = await playCrews(store, workload, (done) => done)

      mustBeExact(observed, seed, 0)
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
      const here = await playCrews(store, { seed, by: 'this', crews, otherCrews, lives }, async (done) => {
        await Promise.all([done, other.reported(1)])
        other.letGo()
      })
      const there = await playing

      const observed = { lives: [...here.lives, ...there.lives], finds: [...here.finds, ...there.finds] }
      mustBeExact(observed, seed, staleRoutesMs)
      expect((await store.verify()).differences).toEqual([])
    })
  })
}

/** Another each time; CONSENSUS_ROUTING_SEED makes it one that failed. */
const newSeed = () => Number(process.env.CONSENSUS_ROUTING_SEED) || Math.floor(Math.random() * 2 ** 31)

function mustBeExact(observed: Observations, seed: number, staleMs: number): void {
  const violations = checkFinds(observed, staleMs)
  const [first] = violations
  if (first) {
    const count = `${violations.length} of ${observed.finds.length} finds were told wrong`
    expect.fail(`${first.wrong}, with CONSENSUS_ROUTING_SEED=${seed}\n${first.shown}\n${count}`)
  }
  // Of agents nobody found, or nobody missed, nothing is proven.
  const found = observed.finds.filter(({ facts }) => facts !== null).length
  expect(found).toBeGreaterThan(observed.lives.length)
  expect(observed.finds.length - found).toBeGreaterThan(observed.lives.length)
}
