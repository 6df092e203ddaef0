import { setTimeout as sleep } from 'node:timers/promises'
import { type Chores, StoreError } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { changesNothing } from '../contents.ts'
import { anOldRun } from '../old-runs.ts'
import { startProcess } from '../processes/process.ts'
import { promptly } from '../promptly.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { aborted, lastOf, old, together, working } from '../upkept.ts'
import type { UpkeepFunctions } from './upkeep.ts'

const timeout = 60_000
const HOUR_MS = 3_600_000

export function upkeepAmongOthers(it: It, { round }: UpkeepFunctions): void {
  describe('a round of upkeep among others', () => {
    it('does nothing while somebody else is at it, and says who', async ({ store, clock }) => {
      await anOldRun(store, clock, old)
      await store.chores.take('upkeep', 'somebody', HOUR_MS)
      await changesNothing(store, async () => {
        expect(await round(store, { retention: {}, env: clock })).toEqual({
          heldBy: 'somebody',
          heldUntil: new Date(clock.now().getTime() + HOUR_MS),
          done: [],
        })
      })
      clock.advance(HOUR_MS)

      expect((await round(store, { retention: {}, env: clock })).done).toHaveLength(1)
    })

    it('waits for its turn as long as it is told to', async ({ store, clock }) => {
      await anOldRun(store, clock, old)
      await store.chores.take('upkeep', 'somebody', HOUR_MS)
      let looks = 0
      const chores: Chores = {
        ...store.chores,
        async take(chore, ...lease) {
          // Nobody waits but who looks again.
          if (chore === 'upkeep' && ++looks === 2) clock.advance(HOUR_MS)
          return store.chores.take(chore, ...lease)
        },
      }
      const asked = round({ ...store, chores }, { retention: {}, waitMs: 60_000, env: clock })

      expect(await promptly(asked, 'a turn')).toMatchObject({ heldBy: undefined, done: [{}] })
    })

    it('waits for who does one of its chores alone, and leaves it out when that is too long', async ({
      store,
      clock,
    }) => {
      await store.chores.take('retention', 'somebody', HOUR_MS)
      const asked = round(store, { retention: {}, reclaim: {}, waitMs: 1, env: clock })
      expect((await asked).done.map(({ chore }) => chore)).toEqual(['reclaim'])
      clock.advance(HOUR_MS)

      expect((await round(store, { retention: {}, waitMs: 1, env: clock })).done).toHaveLength(1)
    })

    it('is never done by two at once', { timeout }, async ({ store, clock }) => {
      await anOldRun(store, clock, old)
      const meanwhile = together()
      const rounds = await Promise.all(
        Array.from({ length: 8 }, () =>
          round(working(store, meanwhile.work), { retention: {}, reclaim: {}, env: clock }),
        ),
      )

      expect(meanwhile.most()).toBe(1)
      expect(rounds.some(({ done }) => done.length === 2)).toBe(true)
    })

    it('that is interrupted rejects with the reason, keeps no outcome and lets others in', async ({
      store,
      clock,
    }) => {
      await anOldRun(store, clock, old)
      const interruption = new AbortController()
      const interrupted = working(store, async (signal) => {
        interruption.abort('enough')
        signal?.throwIfAborted()
      })
      const asked = round(interrupted, {
        retention: {},
        reclaim: {},
        signal: interruption.signal,
        env: clock,
      })

      await expect(asked).rejects.toBe('enough')
      clock.advance(1)
      expect(lastOf(await store.chores.list())).toEqual({ retention: undefined, upkeep: undefined })
      expect((await round(store, { retention: {}, env: clock })).done).toMatchObject([
        { outcome: { ok: true } },
      ])
    })

    it('is interrupted when it was thought gone and somebody followed', { timeout }, async ({
      store,
      clock,
    }) => {
      await anOldRun(store, clock, old)
      const slow = working(store, async (signal) => {
        clock.advance(HOUR_MS)
        expect(await store.chores.take('upkeep', 'follower', HOUR_MS)).toBe(true)
        await aborted(signal)
        signal?.throwIfAborted()
      })

      await refusal('BUSY', promptly(round(slow, { retention: {}, leaseMs: 100, env: clock }), 'the round'))
      expect((await store.chores.list()).find(({ name }) => name === 'upkeep')).toMatchObject({
        holder: 'follower',
      })
      expect(lastOf(await store.chores.list()).retention).toBeUndefined()
    })

    it('is interrupted when it cannot say that it is still at it, and somebody followed', {
      timeout,
    }, async ({ store, clock }) => {
      let taken = 0
      const stuck = Promise.withResolvers<never>()
      const chores: Chores = {
        ...store.chores,
        // A connection that hangs: it neither answers nor fails.
        take: (...lease) => (++taken > 3 ? stuck.promise : store.chores.take(...lease)),
      }
      const slow = working({ ...store, chores }, async (signal) => {
        clock.advance(HOUR_MS)
        expect(await store.chores.take('upkeep', 'follower', HOUR_MS)).toBe(true)
        await aborted(signal)
        stuck.reject(new StoreError('UNAVAILABLE', 'The connection was closed'))
        signal?.throwIfAborted()
      })

      await expect(
        promptly(round(slow, { retention: {}, leaseMs: 100, env: clock }), 'the round'),
      ).rejects.toMatchObject({ retryable: true })
      expect((await store.chores.list()).find(({ name }) => name === 'upkeep')).toMatchObject({
        holder: 'follower',
      })
    })

    it('is done, however late it is, when nobody followed', { timeout }, async ({ store, clock }) => {
      await anOldRun(store, clock, old)
      const { promise: free, resolve } = Promise.withResolvers<void>()
      let looks = 0
      let atWork = false
      const chores: Chores = {
        ...store.chores,
        // As while a file is written anew: nobody writes, and who reads finds that nobody followed.
        async take(...lease) {
          if (atWork) await free
          return store.chores.take(...lease)
        },
        async list() {
          looks += 1
          return store.chores.list()
        },
      }
      const late = working({ ...store, chores }, async (signal) => {
        atWork = true
        clock.advance(HOUR_MS)
        while (looks < 3) await sleep(5)
        signal?.throwIfAborted()
        resolve()
      })
      const { done } = await promptly(round(late, { retention: {}, leaseMs: 100, env: clock }), 'the round')

      expect(done).toMatchObject([{ chore: 'retention', outcome: { ok: true } }])
      expect(lastOf(await store.chores.list()).retention).toMatchObject({ ok: true })
    })

    it('rejects when somebody followed, so that what came of it is not kept', async ({ store, clock }) => {
      const followed = working(store, async () => {
        clock.advance(HOUR_MS)
        await store.chores.take('retention', 'follower', HOUR_MS)
      })

      await refusal('BUSY', round(followed, { retention: {}, env: clock }))
    })

    it('says again and again that it is still at it', { timeout }, async ({ store, clock }) => {
      await anOldRun(store, clock, old)
      const slow = working(store, async () => {
        const heldUntil = async () =>
          (await store.chores.list()).map((chore) => chore.heldUntil?.getTime() ?? 0)
        const before = await heldUntil()
        clock.advance(1)
        while ((await heldUntil()).some((until, i) => until <= before[i]!)) await sleep(5)
      })

      const rounding = round(slow, { retention: {}, leaseMs: 100, env: clock })
      expect((await promptly(rounding, 'the round')).done).toHaveLength(1)
    })

    it('is followed when the process that did it was killed', { timeout }, async ({ sharedPlace }) => {
      await using keeper = await startProcess(sharedPlace, 'keep well', { leaseMs: 5_000 })
      await using store = await sharedPlace.open()
      await keeper.open()
      keeper.start()
      await keeper.reported(1)
      const { heldBy, done } = await round(store, { reclaim: {} })
      expect({ heldBy, done }).toEqual({ heldBy: expect.stringMatching(/\S/), done: [] })
      await keeper.kill()
      const following = async () => {
        while (true) {
          const { done } = await round(store, { reclaim: {} })
          if (done.length > 0) return done
          await sleep(50)
        }
      }

      expect(await promptly(following(), 'following', 40_000)).toMatchObject([{ chore: 'reclaim' }])
    })
  })
}
