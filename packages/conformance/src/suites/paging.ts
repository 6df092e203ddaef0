import { describe, expect } from 'vitest'
import type { Clock } from '../clock.ts'
import { allPages } from '../contents.ts'
import { anOwner, endAndDelete, lists } from '../lists.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'

const second = 1_000

export function paging(it: It): void {
  describe('paging', () => {
    for (const [what, list] of Object.entries(lists)) {
      describe(what, () => {
        it('are newest first, whatever was written last', async ({ store, clock }) => {
          await anOwner(store)
          for (const [id, at] of Object.entries({ m: 3, z: 1, a: 4, b: 2 })) {
            setSecond(clock, at)
            await list.add(store, id)
          }

          expect((await list.ids(store)).items).toEqual(['a', 'm', 'b', 'z'])
        })

        it('of one millisecond are in the order of their ids’ code points, greatest first', async ({
          store,
        }) => {
          await anOwner(store)
          const ascending = [
            '10',
            '9',
            'A',
            'Z',
            'a',
            'a b',
            'ab',
            'é',
            '\uD7FF',
            '\uE000',
            '\uFFFD',
            '\u{10000}',
            '\u{1F600}',
          ]
          for (const id of [5, 11, 0, 8, 3, 12, 7, 1, 10, 4, 9, 2, 6]) await list.add(store, ascending[id]!)

          const descending = ascending.toReversed()
          expect((await list.ids(store)).items).toEqual(descending)
          for (const limit of [1, 2, 5]) {
            expect(await allPages((query) => list.ids(store, query), limit)).toEqual(descending)
          }
        })

        it('come in pages that end where the list ends', async ({ store, clock }) => {
          await anOwner(store)
          expect(await list.ids(store, { limit: 1 })).toEqual({ items: [], next: undefined })
          for (let i = 0; i < 6; i++) {
            // Two of each second, so that some pages end between rows of one millisecond.
            setSecond(clock, Math.floor(i / 2))
            await list.add(store, `id-${i}`)
          }
          const all = ['id-5', 'id-4', 'id-3', 'id-2', 'id-1', 'id-0']

          for (let limit = 1; limit <= 7; limit++) {
            let cursor: string | undefined
            for (let from = 0; from < all.length; from += limit) {
              const page = await list.ids(store, { limit, cursor })
              expect(page.items).toEqual(all.slice(from, from + limit))
              expect(typeof page.next).toBe(from + limit < all.length ? 'string' : 'undefined')
              cursor = page.next
            }
          }
        })

        it('go on from a cursor with another limit', async ({ store }) => {
          await anOwner(store)
          for (const id of ['a', 'b', 'c', 'd']) await list.add(store, id)
          const { next } = await list.ids(store, { limit: 1 })

          expect(await list.ids(store, { limit: 3, cursor: next })).toEqual({
            items: ['c', 'b', 'a'],
            next: undefined,
          })
          expect((await list.ids(store, { limit: 2, cursor: next })).items).toEqual(['c', 'b'])
        })

        it('neither skip nor repeat what was there, while more is added', async ({ store, clock }) => {
          await anOwner(store)
          const there = ['b1', 'b3', 'b5', 'c1', 'c3', 'c5']
          for (const id of there) {
            setSecond(clock, id.startsWith('b') ? 1 : 2)
            await list.add(store, id)
          }
          const seen: string[] = []
          let cursor: string | undefined
          for (let page = 0; page === 0 || cursor !== undefined; page++) {
            const { items, next } = await list.ids(store, { limit: 2, cursor })
            seen.push(...items)
            cursor = next
            if (page > 3) continue
            for (const at of [0, 1, 2, 3]) {
              setSecond(clock, at)
              await list.add(store, `${'abcd'[at]}${page * 2}`)
            }
          }

          expect(seen).toEqual([...new Set(seen)])
          expect(seen.filter((id) => there.includes(id))).toEqual(there.toReversed())
        })

        it('go on from a cursor whose row was deleted', async ({ store, clock }) => {
          const runOf = (id: string) =>
            list.of === 'runs' ? id : list.of === 'one run' ? 'owner' : `of ${id}`
          if (list.of === 'one run') await anOwner(store)
          for (const [at, id] of ['a', 'b', 'c', 'd', 'e'].entries()) {
            setSecond(clock, at)
            if (list.of === 'many runs') await anOwner(store, runOf(id))
            await list.add(store, id, runOf(id))
          }
          const first = await list.ids(store, { limit: 2 })
          expect(first.items).toEqual(['e', 'd'])
          await endAndDelete(store, runOf('d'))
          const second = await list.ids(store, { limit: 1, cursor: first.next })

          if (list.of === 'one run') {
            expect(second).toEqual({ items: [], next: undefined })
          } else {
            expect(second.items).toEqual(['c'])
            await endAndDelete(store, runOf('c'))
            await endAndDelete(store, runOf('b'))
            expect(await list.ids(store, { cursor: second.next })).toEqual({ items: ['a'], next: undefined })
          }
        })

        it('are fifty at a time unless told, and a thousand at most', { timeout: 60_000 }, async ({
          store,
        }) => {
          await anOwner(store)
          const ids = Array.from({ length: 1_001 }, (_, i) => `id-${String(i).padStart(4, '0')}`)
          await Promise.all(ids.map((id) => list.add(store, id)))
          const newestFirst = ids.toReversed()

          expect((await list.ids(store)).items).toEqual(newestFirst.slice(0, 50))
          const { items, next } = await list.ids(store, { limit: 1_000 })
          expect(items).toEqual(newestFirst.slice(0, 1_000))
          expect(await list.ids(store, { limit: 1_000, cursor: next })).toEqual({
            items: newestFirst.slice(1_000),
            next: undefined,
          })
        })

        it('refuse a cursor that was given to another question', async ({ store }) => {
          await anOwner(store)
          for (const id of ['a', 'b', 'c']) await list.add(store, id)
          const { next } = await list.ids(store, { limit: 1 })
          const error = await refusal('INVALID', list.other(store, { cursor: next }))

          expect(error.message).toContain('cursor')
          expect((await list.ids(store, { cursor: next })).items).toEqual(['b', 'a'])
        })
      })
    }

    it('refuse the cursors of every other list', async ({ store }) => {
      await anOwner(store)
      const cursors = new Map<string, string>()
      for (const [what, list] of Object.entries(lists)) {
        for (const id of ['a', 'b']) await list.add(store, `${what} ${id}`)
        cursors.set(what, (await list.ids(store, { limit: 1 })).next!)
      }

      for (const [what, list] of Object.entries(lists)) {
        for (const [of, cursor] of cursors) {
          if (of !== what) await refusal('INVALID', list.ids(store, { cursor }))
        }
      }
    })
  })
}

const setSecond = (clock: Clock, at: number) =>
  clock.set(new Date(Date.parse('2026-01-05T10:00:00.000Z') + at * second))
