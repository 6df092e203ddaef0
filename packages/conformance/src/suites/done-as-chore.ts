import { asChore, StoreError } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { changesNothing } from '../contents.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { FINDING_NOTHING_ELSE, lastOf } from '../upkept.ts'
import type { UpkeepFunctions } from './upkeep.ts'

const HOUR_MS = 3_600_000

export function doneAsChore(it: It, { round }: UpkeepFunctions): void {
  describe('what is done as a chore', () => {
    const of = (done: { readonly chore: string }) => ({ ok: true, summary: { of: done.chore } })

    it('is kept like upkeep’s own, with what it says of itself', async ({ store, clock }) => {
      const options = { result: of, facts: { tool: 'mine' }, env: clock }
      const done = await asChore(store, 'backup', async () => ({ chore: 'backup' }), options)

      expect(done).toEqual({ chore: 'backup' })
      const at = clock.now()
      expect(await store.chores.list()).toStrictEqual([
        {
          name: 'backup',
          holder: undefined,
          heldUntil: undefined,
          last: { startedAt: at, endedAt: at, ok: true, summary: { tool: 'mine', of: 'backup' } },
        },
      ])
    })

    it('that fails is a failure that health finds, until it is done', async ({ store, clock }) => {
      const failing = asChore(store, 'backup', () => Promise.reject(thrown), { facts: { a: 1 }, env: clock })
      await expect(failing).rejects.toBe(thrown)
      expect(lastOf(await store.chores.list()).backup).toMatchObject({
        ok: false,
        summary: { a: 1, message: 'thrown' },
      })
      expect((await store.health(FINDING_NOTHING_ELSE)).findings).toMatchObject([{ subject: 'backup' }])
      await asChore(store, 'backup', async () => {}, { env: clock })

      expect((await store.health(FINDING_NOTHING_ELSE)).findings).toEqual([])
    })

    it('is its own meanwhile, so that upkeep leaves it out', async ({ store, clock }) => {
      const seen = await asChore(
        store,
        'retention',
        () => round(store, { retention: {}, reclaim: {}, env: clock }),
        { env: clock },
      )

      expect(seen.done.map(({ chore }) => chore)).toEqual(['reclaim'])
    })

    it('is done while somebody else is at it, and then keeps nothing', async ({ store, clock }) => {
      await store.chores.take('backup', 'somebody', HOUR_MS)
      expect(await asChore(store, 'backup', async () => 7, { env: clock })).toBe(7)
      expect(await store.chores.list()).toMatchObject([{ holder: 'somebody', last: undefined }])
    })

    it('is kept when whoever else was at it is done by then', async ({ store, clock }) => {
      await store.chores.take('backup', 'somebody', HOUR_MS)
      await asChore(store, 'backup', async () => clock.advance(HOUR_MS), { env: clock })

      expect(await store.chores.list()).toMatchObject([{ holder: undefined, last: { ok: true } }])
    })

    it('that is interrupted keeps no outcome and lets others in', async ({ store, clock }) => {
      const interruption = new AbortController()
      const interrupted = asChore(
        store,
        'backup',
        async () => {
          interruption.abort(thrown)
          throw thrown
        },
        { signal: interruption.signal, env: clock },
      )
      await expect(interrupted).rejects.toBe(thrown)
      clock.advance(1)

      expect(await store.chores.list()).toMatchObject([{ last: undefined }])
      expect(await store.chores.take('backup', 'another', HOUR_MS)).toBe(true)
    })

    it('is refused by name when it is asked for wrongly, and nothing is done', async ({ store }) => {
      let done = 0
      const work = async () => {
        done += 1
      }
      const wrong: Readonly<Record<string, readonly [string, unknown, object?]>> = {
        chore: ['upkeep', work],
        work: ['backup', 'backup'],
        'options.summary': ['backup', work, { summary: {} }],
        result: ['backup', work, { result: { ok: true } }],
        leaseMs: ['backup', work, { leaseMs: 0 }],
      }
      await changesNothing(store, async () => {
        for (const [argument, args] of Object.entries(wrong)) {
          const { message } = await refusal('INVALID', asChore(store, ...(args as ['backup', typeof work])))
          expect(message).toContain(argument)
        }
      })

      expect(done).toBe(0)
    })

    it('says when what it tells of itself is nothing that can be kept', async ({ store }) => {
      const result = () => ({ ok: true, summary: { file: undefined as never } })

      await refusal(
        'INVALID',
        asChore(store, 'backup', async () => 7, { result }),
      )
    })

    it('is done when the store can keep nothing, and says so', async ({ store, clock }) => {
      const full = async () => {
        throw new StoreError('FULL', 'There is no room')
      }
      const errors: unknown[] = []
      const done = await asChore(
        { chores: { take: full, finish: full, list: full } },
        'backup',
        () => store.events.position(),
        { env: clock, onError: (error) => errors.push(error) },
      )

      expect(done).toBe(0)
      expect(errors).toMatchObject([{ code: 'FULL' }, { code: 'FULL' }])
    })
  })
}

const thrown = new Error('thrown')
