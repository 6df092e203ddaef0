import { setTimeout as sleep } from 'node:timers/promises'
import type { Chores, ConsensusStore, DoneChore, UpkeepOptions } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { anOldRun, DAY_MS } from '../old-runs.ts'
import { promptly } from '../promptly.ts'
import type { It } from '../store-test.ts'
import { aborted, lastOf, old, together, working } from '../upkept.ts'
import type { UpkeepFunctions } from './upkeep.ts'

const timeout = 60_000
const HOUR_MS = 3_600_000

export function startedUpkeep(it: It, { start }: UpkeepFunctions): void {
  describe('upkeep that was started', () => {
    /** Looks all the time: what is due is told by the store's clock alone. */
    const eagerly = (store: ConsensusStore, options: UpkeepOptions) =>
      start(store, { lookEveryMs: 10, leaseMs: 1_000, ...options })

    it('does each chore when it is due, and not before', { timeout }, async ({ store, clock }) => {
      await anOldRun(store, clock, old)
      const counted = counting()
      const chores = { retention: { everyMs: 50 }, reclaim: { everyMs: 200 } }
      await using _upkeep = eagerly(store, { ...chores, env: clock, onRound: counted.onRound })
      await counted.until({ retention: 1, reclaim: 1 })
      clock.advance(49)
      await sleep(300)
      expect(counted.seen()).toEqual({ retention: 1, reclaim: 1 })
      clock.advance(1)
      await counted.until({ retention: 2 })
      clock.advance(150)
      await counted.until({ retention: 3, reclaim: 2 })

      expect(counted.seen()).toEqual({ retention: 3, reclaim: 2 })
    })

    it('tries again what failed before it would be due', { timeout }, async ({ store, clock }) => {
      const broken = working(store, async () => {
        throw new Error('The disk is full')
      })
      const counted = counting()
      const chores = { reclaim: { everyMs: DAY_MS } }
      await using _upkeep = eagerly(broken, { ...chores, env: clock, onRound: counted.onRound })
      await counted.until({ reclaim: 1 })
      clock.advance(HOUR_MS)
      await counted.until({ reclaim: 2 })

      expect(lastOf(await store.chores.list()).reclaim).toMatchObject({
        ok: false,
        summary: { message: 'The disk is full' },
      })
    })

    it('stops when nothing is under way any more, and begins nothing more', { timeout }, async ({
      store,
      clock,
    }) => {
      await anOldRun(store, clock, old)
      const meanwhile = together()
      const { promise: working1, resolve: atWork } = Promise.withResolvers<void>()
      const slow = working(store, async (signal) => {
        atWork()
        await meanwhile.work()
        await aborted(signal)
        await sleep(100)
        ended += 1
        signal?.throwIfAborted()
      })
      let ended = 0
      const upkept = eagerly(slow, { retention: { everyMs: 20 }, env: clock })
      await promptly(working1, 'the beginning')
      await promptly(upkept.stop(), 'stopping')
      expect(ended).toBe(1)
      clock.advance(DAY_MS)
      await sleep(200)

      expect(ended).toBe(1)
      expect(lastOf(await store.chores.list()).retention).toBeUndefined()
      await upkept.stop()
    })

    it('ends by itself when the store is closed', { timeout }, async ({ openStore, clock }) => {
      const store = await openStore()
      const errors: unknown[] = []
      const counted = counting()
      await using _upkeep = eagerly(store, {
        reclaim: { everyMs: 20 },
        env: clock,
        onRound: counted.onRound,
        onError: (error) => errors.push(error),
      })
      await counted.until({ reclaim: 1 })
      await store.close()
      await sleep(200)

      expect(errors).toEqual([])
    })

    it('goes on when the store could not be asked, and says so', { timeout }, async ({ store, clock }) => {
      let failures = 3
      const chores = {
        ...store.chores,
        async list() {
          if (failures-- > 0) throw new Error('nobody there')
          return store.chores.list()
        },
      }
      const errors: unknown[] = []
      const counted = counting()
      await using _upkeep = eagerly(
        { ...store, chores },
        {
          reclaim: { everyMs: 20 },
          env: clock,
          onRound: counted.onRound,
          onError: (error) => errors.push(error),
        },
      )
      await counted.until({ reclaim: 1 })

      expect(errors).toHaveLength(3)
    })

    it('goes on whatever the functions throw that it was given, now or later', { timeout }, async ({
      store,
      clock,
    }) => {
      let failures = 4
      const chores: Chores = {
        ...store.chores,
        async list() {
          if (failures-- > 0) throw new Error('nobody there')
          return store.chores.list()
        },
      }
      const counted = counting()
      const errors: unknown[] = []
      await using _upkeep = eagerly(
        { ...store, chores },
        {
          reclaim: { everyMs: 20 },
          env: clock,
          onRound(round) {
            counted.onRound(round)
            if (counted.seen().reclaim! % 2 === 0) return Promise.reject(thrown)
            throw thrown
          },
          onError(error) {
            errors.push(error)
            if (errors.length % 2 === 0) return Promise.reject(thrown)
            throw thrown
          },
          random() {
            throw thrown
          },
        },
      )
      for (let times = 1; times <= 4; times++) {
        await counted.until({ reclaim: times })
        clock.advance(20)
      }

      expect(errors).toContain(thrown)
    })

    it.for([
      [1, 'before'],
      [0, 'behind'],
      [Number.NaN, 'behind'],
      [-5, 'behind'],
      [7, 'behind'],
    ] as const)(
      'looks the sooner the more of the pause is drawn: %d is %s three quarters of it',
      {
        timeout,
      },
      async ([drawn, place], { store, clock }) => {
        const order: string[] = []
        const { promise: looked, resolve } = Promise.withResolvers<void>()
        const chores: Chores = {
          ...store.chores,
          async list() {
            order.push('look')
            resolve()
            return store.chores.list()
          },
        }
        // Timers go off in the order of their times, however late that is.
        await using _upkeep = start(
          { ...store, chores },
          { reclaim: {}, lookEveryMs: 800, random: () => drawn, env: clock },
        )
        const threeQuarters = sleep(600).then(() => order.push('three quarters'))
        await promptly(Promise.all([looked, threeQuarters]), 'a look')

        expect(order[0]).toBe(place === 'before' ? 'look' : 'three quarters')
      },
    )

    it('in many places is done in one of them at a time, once each time it is due', { timeout }, async ({
      sharedPlace,
      clock,
    }) => {
      const stores = await Promise.all(Array.from({ length: 4 }, () => sharedPlace.open({ env: clock })))
      const meanwhile = together()
      const counted = counting()
      const upkeeps = stores.map((store) =>
        eagerly(working(store, meanwhile.work), {
          reclaim: { everyMs: 50 },
          env: clock,
          onRound: counted.onRound,
        }),
      )
      for (let times = 1; times <= 5; times++) {
        await counted.until({ reclaim: times })
        await sleep(150)
        expect(counted.seen()).toEqual({ reclaim: times })
        clock.advance(50)
      }
      await Promise.all(upkeeps.map((each) => each.stop()))
      await Promise.all(stores.map((store) => store.close()))

      expect(meanwhile.most()).toBe(1)
    })
  })
}

const thrown = new Error('thrown')

/** How often each chore was done. */
function counting() {
  const done: DoneChore[] = []
  const seen = () => {
    const counts: Record<string, number> = {}
    for (const { chore } of done) counts[chore] = (counts[chore] ?? 0) + 1
    return counts
  }
  return {
    seen,
    onRound: (round: { readonly done: readonly DoneChore[] }) => void done.push(...round.done),
    async until(counts: Readonly<Record<string, number>>) {
      const enough = async () => {
        while (Object.entries(counts).some(([chore, count]) => (seen()[chore] ?? 0) < count)) await sleep(5)
      }
      await promptly(enough(), `upkeep that was to be done ${JSON.stringify(counts)}`)
    },
  }
}
