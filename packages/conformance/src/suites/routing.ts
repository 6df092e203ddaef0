import type { ConsensusStore, Route } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { anAgent, aRun } from '../fixtures.ts'
import { likeGoldenBundle } from '../golden-bundle.ts'
import { refusal } from '../refusal.ts'
import { anEndedRun, held, mustFind, mustFindNone, passed, spoil, undone } from '../routing/expectations.ts'
import type { It } from '../store-test.ts'

export function routing(it: It): void {
  describe('routing', () => {
    it('finds an agent once it was spawned, though nobody had been found before', async ({ store }) => {
      const { id: runId } = await aRun(store)
      for (let time = 0; time < 3; time++) await mustFindNone(store, ['a', 'b'])
      const looking = store.routes.find('a')
      await anAgent(store, { runId, agentId: 'a' })
      await looking

      await mustFind(store, { a: { runId } })
      await mustFindNone(store, ['b'])
    })

    it('shows what a transaction spawned to nobody outside before it is done', async ({ store }) => {
      const { id: runId } = await aRun(store)
      await using transaction = await held(store, async (tx) => {
        await anAgent(tx, { runId, agentId: 'a' })
        await mustFind(tx, { a: { runId } })
      })
      await mustFindNone(store, ['a'])
      await transaction.letGo()

      await mustFind(store, { a: { runId } })
    })

    it('finds nobody whom a transaction spawned and undid, though it found them itself', async ({
      store,
    }) => {
      const { id: runId } = await aRun(store)
      await mustFindNone(store, ['a', 'b'])
      await undone(store, async (tx) => {
        for (const agentId of ['a', 'b']) await anAgent(tx, { runId, agentId, agentName: 'undone' })
        await mustFind(tx, { a: { agentName: 'undone' }, b: { agentName: 'undone' } })
      })

      await mustFindNone(store, ['a', 'b'])
      await anAgent(store, { runId, agentId: 'a', agentName: 'claude' })
      await mustFind(store, { a: { agentName: 'claude' } })
      await mustFindNone(store, ['b'])
    })

    for (const [way, find] of Object.entries(waysToFind)) {
      it(`finds nobody of a deleted run any more, though they were found ${way}`, async ({ store }) => {
        await anEndedRun(store, 'r', ['a', 'b', 'c'])
        await find(store, ['a', 'b', 'c'])
        await find(store, ['a', 'b', 'c'])
        expect(await store.runs.delete('r')).toEqual({ id: 'r', agentIds: ['a', 'b', 'c'] })

        await mustFindNone(store, ['a', 'b', 'c'])
      })

      it(`finds nobody of a run that a transaction deleted, though they were found ${way}`, async ({
        store,
      }) => {
        await anEndedRun(store, 'r', ['a', 'b', 'c'])
        await find(store, ['a', 'b', 'c'])
        await store.transaction((tx) => tx.runs.delete('r'))

        await mustFindNone(store, ['a', 'b', 'c'])
      })
    }

    it('finds nobody who was being looked for when their run was deleted', async ({ store }) => {
      for (let time = 0; time < 20; time++) {
        await anEndedRun(store, 'r', ['a', 'b'])
        const looking = [store.routes.find('a'), store.routes.findMany(['b', 'a'])]
        for (let turns = time % 4; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
        const deleting = store.runs.delete('r')
        looking.push(store.routes.find('b'))
        await deleting

        await mustFindNone(store, ['a', 'b'])
        await Promise.all(looking)
        await mustFindNone(store, ['a', 'b'])
      }
    })

    it('finds none of hundreds whose run was deleted', async ({ store }) => {
      const ids = Array.from({ length: 400 }, (_, i) => `a${i}`)
      await anEndedRun(store, 'r', ids)
      await anEndedRun(store, 'other', ['other'])
      expect((await store.routes.findMany(ids)).size).toBe(400)
      await store.runs.delete('r')

      const each = await Promise.all(ids.map((id) => store.routes.find(id)))
      expect(each.filter(Boolean)).toEqual([])
      expect(await store.routes.findMany(ids)).toEqual(new Map())
      await mustFind(store, { other: { runId: 'other' } })
    })

    it('finds whom a transaction deleted outside until it is done, and inside no more', async ({ store }) => {
      await anEndedRun(store, 'r', ['a', 'b'])
      await store.routes.find('a')
      await using transaction = await held(store, async (tx) => {
        await tx.runs.delete('r')
        await mustFindNone(tx, ['a', 'b'])
      })
      await mustFind(store, { a: { runId: 'r' }, b: { runId: 'r' } })
      await transaction.letGo()

      await mustFindNone(store, ['a', 'b'])
    })

    it('goes on finding whom a transaction deleted and undid', async ({ store }) => {
      await anEndedRun(store, 'r', ['a', 'b'])
      await store.routes.find('a')
      await undone(store, async (tx) => {
        await tx.runs.delete('r')
        await mustFindNone(tx, ['a', 'b'])
      })

      await mustFind(store, { a: { runId: 'r' }, b: { runId: 'r' } })
    })

    it('goes on finding the agents of a run that is not to be deleted', async ({ store }) => {
      const { id: runId } = await aRun(store)
      await anAgent(store, { runId, agentId: 'a' })
      await store.routes.find('a')
      await refusal('CONFLICT', store.runs.delete(runId))

      await mustFind(store, { a: { runId } })
    })

    it('gives the new facts of an id that is used again', async ({ store }) => {
      for (const [life, runId] of ['one', 'two', 'three'].entries()) {
        await anEndedRun(store, runId, ['a', 'b'], { agentName: runId, stage: `stage ${life}` })
        await mustFind(store, { a: { agentName: runId, runId, stage: `stage ${life}` }, b: { runId } })
        await store.runs.delete(runId)
        if (life === 1) await mustFindNone(store, ['a', 'b'])
      }
      await anEndedRun(store, 'four', ['b'])

      await mustFindNone(store, ['a'])
      await mustFind(store, { b: { runId: 'four' } })
    })

    it('gives the new facts of an id that one transaction deletes and uses again', async ({ store }) => {
      await anEndedRun(store, 'old', ['a', 'b', 'c'])
      await mustFind(store, { a: { runId: 'old' }, b: { runId: 'old' }, c: { runId: 'old' } })
      await store.transaction(async (tx) => {
        await tx.runs.delete('old')
        await mustFindNone(tx, ['a', 'b', 'c'])
        await anEndedRun(tx, 'new', ['a', 'b'])
        await mustFind(tx, { a: { runId: 'new' }, b: { runId: 'new' } })
      })

      await mustFind(store, { a: { runId: 'new' }, b: { runId: 'new' } })
      await mustFindNone(store, ['c'])
    })

    it('finds whom a bundle recorded, until its run is deleted, and whom it records again', async ({
      store,
    }) => {
      await store.runs.record(likeGoldenBundle('r'))
      await mustFind(store, { 'r 1': { runId: 'r' }, 'r 2': { runId: 'r' } })
      await store.runs.unpin('r')
      expect(await store.runs.delete('r')).toMatchObject({ agentIds: ['r 1', 'r 2'] })
      await mustFindNone(store, ['r 1', 'r 2'])
      await store.runs.record(likeGoldenBundle('r'))

      await mustFind(store, { 'r 1': { runId: 'r' }, 'r 2': { runId: 'r' } })
    })

    it('answers a thousand callers in one tick alike, and each by a value of its own', async ({ store }) => {
      await anEndedRun(store, 'r', ['a'])
      for (let time = 0; time < 2; time++) {
        const routes = await Promise.all(Array.from({ length: 1_000 }, () => store.routes.find('a')))
        const copy = structuredClone(routes[0])
        expect(copy).toMatchObject({ agentId: 'a', runId: 'r' })
        for (const route of routes) expect(route).toStrictEqual(copy)
        spoil(routes[0]!)
        expect(routes[1]).toStrictEqual(copy)
        expect(await store.routes.find('a')).toStrictEqual(copy)
      }
    })

    it('answers a thousand callers who ask for nobody, and finds them a moment later', async ({ store }) => {
      const { id: runId } = await aRun(store)
      const routes = await Promise.all(Array.from({ length: 1_000 }, () => store.routes.find('a')))
      expect(new Set(routes)).toEqual(new Set([undefined]))
      await anAgent(store, { runId, agentId: 'a' })

      await mustFind(store, { a: { runId } })
    })

    it('finds a thousand at a time as it finds each, be they unknown, deleted or asked for twice', async ({
      store,
    }) => {
      const ids = Array.from({ length: 900 }, (_, i) => `a${i}`)
      await anEndedRun(store, 'kept', ids.slice(0, 200))
      await anEndedRun(store, 'gone', ids.slice(200, 400))
      await store.routes.findMany(ids.slice(100, 300))
      for (const id of ids.slice(0, 10)) await store.routes.find(id)
      await store.runs.delete('gone')
      const asked = [...ids.toReversed(), ...ids.slice(150, 250)]
      const found = await store.routes.findMany(asked)

      expect(asked).toHaveLength(1_000)
      expect([...found.keys()].sort()).toEqual(ids.slice(0, 200).sort())
      const each = await Promise.all(ids.map((id) => store.routes.find(id)))
      for (const [i, id] of ids.entries()) expect(found.get(id)).toStrictEqual(each[i])
      expect(await store.routes.findMany(asked)).toEqual(found)
    })

    it('gives many routes that are the caller’s to change', async ({ store }) => {
      await anEndedRun(store, 'r', ['a', 'b'])
      for (let time = 0; time < 3; time++) {
        const [one, other] = await Promise.all([
          store.routes.findMany(['a', 'b']),
          store.routes.findMany(['b', 'a']),
        ])
        for (const route of one.values()) spoil(route)
        ;(one as Map<string, Route>).clear()

        expect(other.get('a')).toMatchObject({ agentId: 'a', runId: 'r' })
        await mustFind(store, { a: { agentName: 'gemini', runId: 'r' }, b: { runId: 'r' } })
      }
    })

    it('tells agents apart whose ids look like patterns, keys, tags or names of properties', async ({
      store,
    }) => {
      await anEndedRun(store, 'r', lookalikes)
      await anEndedRun(store, 'gone', ['{a}', 'consensus:*'])
      for (let time = 0; time < 2; time++) {
        for (const agentId of lookalikes) {
          expect(await store.routes.find(agentId)).toMatchObject({ agentId, runId: 'r' })
        }
        expect([...(await store.routes.findMany(lookalikes)).keys()].sort()).toEqual([...lookalikes].sort())
      }
      await store.runs.delete('gone')

      await mustFindNone(store, ['{a}', 'consensus:*'])
      expect((await store.routes.findMany(lookalikes)).size).toBe(lookalikes.length)
    })

    it('finds nobody of a deleted run in the same place opened again', async ({ durablePlace }) => {
      const before = await durablePlace.open()
      await anEndedRun(before, 'r', ['a', 'b'])
      await mustFind(before, { a: { runId: 'r' }, b: { runId: 'r' } })
      await before.runs.delete('r')
      await before.close()

      await using after = await durablePlace.open()
      await mustFindNone(after, ['a', 'b'])
      await anEndedRun(after, 'again', ['a'])
      await mustFind(after, { a: { runId: 'again' } })
    })

    it('gives nothing that another place holds', async ({ openStore }) => {
      const [one, other] = [await openStore(), await openStore()]
      await anEndedRun(one, 'r', ['a'], { agentName: 'one' })
      await mustFind(one, { a: { agentName: 'one' } })
      await mustFindNone(other, ['a'])
      await anEndedRun(other, 'r', ['a'], { agentName: 'other' })

      await mustFind(other, { a: { agentName: 'other' } })
      await mustFind(one, { a: { agentName: 'one' } })
      await other.runs.delete('r')
      await mustFind(one, { a: { agentName: 'one' } })
    })

    it('finds at once whom another store at the same place spawned', async ({ sharedPlace }) => {
      await using one = await sharedPlace.open()
      await using other = await sharedPlace.open()
      for (let time = 0; time < 5; time++) {
        const [agentId, runId] = [`a${time}`, `r${time}`]
        await mustFindNone(other, [agentId])
        await anEndedRun(one, runId, [agentId])

        await mustFind(other, { [agentId]: { runId } })
      }
    })

    it('finds nobody whom another store at the same place deleted, when the time it states is over', async ({
      sharedPlace,
      staleRoutesMs,
    }) => {
      await using one = await sharedPlace.open()
      await using other = await sharedPlace.open()
      for (let time = 0; time < 3; time++) {
        await anEndedRun(one, `r${time}`, ['a', 'b'], { agentName: `${time}` })
        for (const store of [one, other, other]) {
          await mustFind(store, { a: { agentName: `${time}` }, b: { agentName: `${time}` } })
        }
        await one.runs.delete(`r${time}`)
        await mustFindNone(one, ['a', 'b'])
        await passed(staleRoutesMs)

        await mustFindNone(other, ['a', 'b'])
      }
    })
  })
}

const waysToFind: Record<string, (store: ConsensusStore, ids: readonly string[]) => Promise<unknown>> = {
  'one by one': async ({ routes }, ids) => {
    for (const id of ids) await routes.find(id)
  },
  'all at once': ({ routes }, ids) => Promise.all(ids.map((id) => routes.find(id))),
  'by one call': ({ routes }, ids) => routes.findMany(ids),
}

const lookalikes = [
  '*',
  '?',
  '[a]',
  'a',
  ':a',
  'a:',
  '{a}b',
  '{b}a',
  '{}',
  '{a',
  '%7Ba%7D',
  '"a"',
  "a' or 1",
  'constructor',
  '__proto__',
  'null',
  'undefined',
  '1',
  '01',
  'consensus:route:a',
  '\u{1F600}',
  'é',
  'e\u0301',
  'x'.repeat(255),
  `${'x'.repeat(254)}y`,
  '☂'.repeat(255),
]
