import type { Nouns } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents, changesNothing } from '../contents.ts'
import { call, isNounMethod, isRead, methodNames } from '../methods.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { type Write, writes } from '../writes.ts'

export function idempotence(it: It): void {
  describe('idempotence', () => {
    it('is tried on every method that writes', () => {
      const tried = new Set(Object.values(writes).map(({ method }) => method))

      // There is nothing left that deleting again could give: the suite `deleting` says what it does.
      // Cursors and snapshots append no events: their suites have what is said here for them.
      const besides = ['cursors.save', 'cursors.delete', 'snapshots.save', 'snapshots.delete']
      expect([...tried, 'runs.delete', ...besides].sort()).toEqual(
        methodNames.filter((name) => isNounMethod(name) && !isRead(name)).sort(),
      )
    })

    for (const [doing, { method, args, same, others, rivals, later, ...write }] of Object.entries(writes)) {
      const again = (store: Nouns, facts: readonly unknown[] = args) => call(store, method, facts)

      it(`of ${doing}: the same facts again change nothing and give what is stored`, async ({
        store,
        clock,
      }) => {
        await prepare(store, write)
        const before = (await allEvents(store)).length
        const first = await again(store)
        expect((await allEvents(store)).length).toBeGreaterThan(before)
        clock.advance(1_000)

        await changesNothing(store, async () => {
          for (const facts of [args, ...same]) expect(await again(store, facts)).toStrictEqual(first)
        })
      })

      it(`of ${doing}: the same facts again, in one transaction or several`, async ({ store }) => {
        await prepare(store, write)
        const first = await store.transaction(async (tx) => {
          const given = await again(tx)
          expect(await again(tx)).toStrictEqual(given)
          return given
        })

        await changesNothing(store, async () => {
          expect(await store.transaction((tx) => again(tx))).toStrictEqual(first)
        })
      })

      it(`of ${doing}: the same facts many times at once are one write`, async ({ store, openStore }) => {
        const once = await openStore()
        await prepare(once, write)
        await again(once)
        await prepare(store, write)
        const given = await Promise.all(Array.from({ length: 8 }, () => again(store)))

        for (const one of given) expect(one).toStrictEqual(given[0])
        const told = (await allEvents(store)).map(({ type }) => type)
        expect(told).toEqual((await allEvents(once)).map(({ type }) => type))
      })

      if (later.length > 0) {
        it(`of ${doing}: the same facts after later changes give what is stored by then`, async ({
          store,
        }) => {
          await prepare(store, write)
          const first = await again(store)
          for (const change of later) await change(store)

          const now = await stored(store, first)

          await changesNothing(store, async () => {
            expect(await again(store)).toStrictEqual(now)
            expect(await stored(store, first)).toStrictEqual(now)
          })
        })
      }

      for (const [i, other] of others.entries()) {
        it(`of ${doing}: other facts are CONFLICT and change nothing (${i + 1})`, async ({
          store,
          clock,
        }) => {
          await prepare(store, write)
          await again(store)
          clock.advance(1_000)

          await changesNothing(store, () => refusal('CONFLICT', again(store, other)))
        })
      }

      for (const [rival, ...facts] of rivals) {
        it(`of ${doing}: ${rival} is CONFLICT and changes nothing`, async ({ store }) => {
          await prepare(store, write)
          await again(store)

          await changesNothing(store, () => refusal('CONFLICT', call(store, rival, facts)))
        })
      }
    }
  })
}

async function prepare(store: Nouns, { given }: Pick<Write, 'given'>): Promise<void> {
  for (const step of given) await step(store)
}

/** The row a write gave, as it is found now. */
function stored(store: Nouns, row: unknown): Promise<unknown> {
  const { agentId, id, content, markdown, contentDigest, markdownDigest } = row as Record<string, string>
  expect([content, markdown]).toEqual([undefined, undefined])
  if (agentId) return store.executions.get(agentId)
  if (contentDigest) return store.artifacts.get(id!).then((found) => omit(found!, 'content'))
  if (markdownDigest) return store.syntheses.get(id!).then((found) => omit(found!, 'markdown'))
  return store.runs.get(id!)
}

function omit(row: object, field: string): object {
  const { [field]: _, ...rest } = row as Record<string, unknown>
  return rest
}
