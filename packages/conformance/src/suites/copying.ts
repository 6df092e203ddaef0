import { setTimeout as elapsed } from 'node:timers/promises'
import {
  type ConsensusStore,
  compareStores,
  copyStore,
  followStore,
  intercept,
  StoreError,
} from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents, contents } from '../contents.ts'
import { anAgent, anArtifact, anEndedRun, aRun } from '../fixtures.ts'
import { goldenBundle, likeGoldenBundle } from '../golden-bundle.ts'
import { promptly } from '../promptly.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

export function copying(it: It): void {
  describe('copying', () => {
    it('makes a store that tells the same, its runs in the order they began', async ({
      store,
      openStore,
      clock,
    }) => {
      await playStory(store, clock)
      await store.runs.record(goldenBundle())
      const other = await openStore()
      const { runs, refusals } = await copyStore(store, other)

      expect(runs).toEqual({ read: 4, copied: 4, extended: 0, skipped: 0, refused: 0 })
      expect(refusals).toEqual([])
      expect((await contents(other)).bundles).toStrictEqual((await contents(store)).bundles)
      expect((await other.verify()).differences).toEqual([])
      expect(await begun(other)).toEqual(['run-1', 'run-2', 'run-3', 'golden'])
      expect(await compareStores(store, other)).toEqual({ runs: 4, events: 34, differing: [] })
    })

    it('of a log of many pages misses no run', async ({ store, openStore }) => {
      const ids = Array.from({ length: 110 }, (_, i) => `r${i}`)
      await Promise.all(ids.map((id) => store.runs.record(likeGoldenBundle(id))))
      // The last of these go on at the other end of the log.
      await Promise.all(ids.map((id) => store.runs.unpin(id)))
      const other = await openStore()

      expect((await copyStore(store, other)).runs).toEqual(counts({ read: 110, copied: 110 }))
      expect(await compareStores(store, other)).toEqual({ runs: 110, events: 1_210, differing: [] })
    })

    it('again adds nothing, and reads no bodies', async ({ store, openStore, clock }) => {
      await playStory(store, clock)
      const other = await openStore()
      await copyStore(store, other)
      const before = await contents(other)
      const { runs } = await copyStore(never(store, 'runs.bundle'), never(other, 'runs.record'))

      expect(runs).toEqual(counts({ read: 3, skipped: 3 }))
      expect(await contents(other)).toStrictEqual(before)
    })

    it('again unpacks no archive of a run that is there whole', async ({ store, openStore }) => {
      const other = await openStore()
      for (const id of ['r1', 'r2']) {
        await aRun(store, { id })
        await store.runs.conclude(id, { verdict: 'unanimous' })
      }
      await copyStore(store, other)
      for (const id of ['r1', 'r2']) await store.archives.add(id)
      await other.archives.add('r2')
      const { runs } = await copyStore(
        never(store, 'runs.bundle'),
        never(never(other, 'runs.bundle'), 'runs.record'),
      )

      expect(runs).toEqual(counts({ read: 2, skipped: 2 }))
    })

    it('names an archived run that went on otherwise there after it was concluded', async ({
      store,
      openStore,
    }) => {
      const other = await openStore()
      await aRun(store, { id: 'r' })
      await anAgent(store, { runId: 'r', agentId: 'a' })
      await store.runs.conclude('r', { verdict: 'degraded' })
      await copyStore(store, other)
      await store.executions.complete('a', { response: 'late' })
      await other.executions.cancel('a')
      await store.archives.add('r')
      const { runs, refusals } = await copyStore(store, other)

      expect(runs).toEqual(counts({ read: 1, refused: 1 }))
      expect(refusals).toMatchObject([{ runId: 'r', code: 'CONFLICT' }])
    })

    it('again picks up what changed since', async ({ store, openStore, clock }) => {
      await playStory(store, clock)
      const other = await openStore()
      await copyStore(store, other)
      await store.executions.complete('c1', { response: 'done' })
      await anArtifact(store, { runId: 'run-3' })
      await store.runs.pin('run-1')
      await aRun(store, { id: 'run-4' })

      expect((await compareStores(store, other)).differing).toEqual([
        { runId: 'run-4', how: 'missing' },
        { runId: 'run-3', how: 'behind' },
        { runId: 'run-1', how: 'behind' },
      ])
      expect((await copyStore(store, other)).runs).toEqual(
        counts({ read: 4, copied: 1, extended: 2, skipped: 1 }),
      )
      expect((await compareStores(store, other)).differing).toEqual([])
    })

    it('of a store that is written to meanwhile ends with all that was written before its last read', async ({
      store,
      openStore,
    }) => {
      for (let i = 0; i < 5; i++) await store.runs.record(likeGoldenBundle(`r${i}`))
      const other = await openStore()
      let writes = 0
      const written = intercept(store, async (operation, call) => {
        if (operation === 'runs.bundle' && writes < 3) {
          writes += 1
          await store.runs.unpin(`r${writes}`)
          await store.runs.pin(`r${writes - 1}`)
          await store.runs.record(likeGoldenBundle(`late ${writes}`))
        }
        return call()
      })
      await copyStore(written, other)
      await copyStore(written, other)

      expect(writes).toBe(3)
      expect((await compareStores(store, other)).differing).toEqual([])
    })

    it('that is stopped leaves whole runs, and goes on when it is started again', async ({
      store,
      openStore,
    }) => {
      const ids = Array.from({ length: 80 }, (_, i) => `r${i}`)
      for (const id of ids) await store.runs.record(likeGoldenBundle(id))
      const other = await openStore()
      const stop = new AbortController()
      const stopped = copyStore(store, other, {
        signal: stop.signal,
        progress: () => stop.abort(new Error('enough')),
      })

      await expect(stopped).rejects.toThrow('enough')
      const { bundles } = await contents(other)
      expect(bundles.length).toBeGreaterThan(0)
      expect(bundles.length).toBeLessThan(80)
      expect((await other.verify()).differences).toEqual([])
      const { runs } = await copyStore(store, other)
      expect(runs).toEqual(counts({ read: 80, skipped: bundles.length, copied: 80 - bundles.length }))
      expect((await compareStores(store, other)).differing).toEqual([])
    })

    it('ends with the error of a store that cannot be had, and goes on later', async ({
      store,
      openStore,
      clock,
    }) => {
      await playStory(store, clock)
      const other = await openStore()
      let left = 1
      const failing = intercept(other, async (operation, call) => {
        if (operation === 'runs.record' && left-- <= 0) throw new StoreError('UNAVAILABLE', 'The wire is cut')
        return call()
      })

      await expect(copyStore(store, failing)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      expect((await contents(other)).bundles).toHaveLength(1)
      expect((await copyStore(store, other)).runs).toEqual(counts({ read: 3, copied: 2, skipped: 1 }))
    })

    it('names the runs that cannot be copied, and copies the others', async ({ store, openStore, clock }) => {
      await playStory(store, clock)
      await store.runs.record(goldenBundle())
      const other = await openStore()
      await aRun(other, { id: 'run-2' })
      await anAgent(other, { runId: 'run-2', agentId: 'g1' })
      const { runs, refusals } = await copyStore(store, other)

      expect(runs).toEqual(counts({ read: 4, copied: 2, refused: 2 }))
      expect(refusals.map(({ runId, code }) => [runId, code]).toSorted()).toEqual([
        ['golden', 'CONFLICT'],
        ['run-2', 'CONFLICT'],
      ])
      expect((await compareStores(store, other)).differing).toEqual(
        expect.arrayContaining([
          { runId: 'golden', how: 'missing' },
          { runId: 'run-2', how: 'other' },
        ]),
      )
      expect((await contents(other)).bundles).toHaveLength(3)
    })

    it('takes nothing from a store that has gone on by itself', async ({ store, openStore, clock }) => {
      await playStory(store, clock)
      const other = await openStore()
      await copyStore(store, other)
      await other.runs.pin('run-3')
      await aRun(other, { id: 'run-4' })
      const before = await contents(other)

      expect((await copyStore(store, other)).runs).toEqual(counts({ read: 3, skipped: 3 }))
      expect(await contents(other)).toStrictEqual(before)
      expect((await compareStores(store, other)).differing).toEqual([
        { runId: 'run-4', how: 'extra' },
        { runId: 'run-3', how: 'ahead' },
      ])
    })

    it('passes over runs that are deleted between being met and being read', async ({
      store,
      openStore,
      clock,
    }) => {
      await playStory(store, clock)
      const other = await openStore()
      const doomed = { 'events.readAll': 'run-2', 'runs.bundle': 'run-1' } as Readonly<Record<string, string>>
      const deleting = intercept(store, async (operation, call) => {
        const page = operation === 'events.readAll' ? await call() : undefined
        if (doomed[operation]) await store.runs.delete(doomed[operation])
        return page ?? call()
      })
      const { runs, refusals } = await copyStore(deleting, other)

      expect(runs).toEqual(counts({ read: 1, copied: 1 }))
      expect(refusals).toEqual([])
      expect(await compareStores(store, other)).toMatchObject({ runs: 1, differing: [] })
    })

    it('leaves what was deleted in the source where it was copied to, and comparing says so', async ({
      store,
      openStore,
      clock,
    }) => {
      await playStory(store, clock)
      const other = await openStore()
      await copyStore(store, other)
      await store.runs.delete('run-1')

      expect((await copyStore(store, other)).runs).toEqual(counts({ read: 2, skipped: 2 }))
      expect((await compareStores(store, other)).differing).toEqual([{ runId: 'run-1', how: 'extra' }])
      expect((await compareStores(other, store)).differing).toEqual([{ runId: 'run-1', how: 'missing' }])
    })

    it('compares what is left of runs that are deleted while it reads', async ({
      store,
      openStore,
      clock,
    }) => {
      await playStory(store, clock)
      const other = await openStore()
      await copyStore(store, other)
      const deleting = intercept(store, async (operation, call) => {
        if (operation === 'runs.bundle') await store.runs.delete('run-1')
        return call()
      })

      expect((await compareStores(deleting, other)).differing).toEqual([{ runId: 'run-1', how: 'extra' }])
    })

    it('follows what writers do until it is told to end', async ({ store, openStore, clock }) => {
      await playStory(store, clock)
      const other = await openStore()
      const end = new AbortController()
      const { promise: caughtUp, resolve } = Promise.withResolvers<unknown>()
      const following = followStore(store, other, { until: end.signal, everyMs: 5, caughtUp: resolve })
      await caughtUp
      for (let i = 0; i < 30; i++) {
        const { id: runId } = await aRun(store)
        await anAgent(store, { runId, agentId: `f${i}` })
        await store.executions.complete(`f${i}`, { response: `${i}` })
        if (i > 0) await anArtifact(store, { runId, id: `f${i}` })
      }
      end.abort()
      const { runs, position } = await following

      expect(runs).toMatchObject({ read: 33, copied: 33, refused: 0 })
      expect(position).toBe((await contents(store)).events.at(-1)!.position)
      expect((await compareStores(store, other)).differing).toEqual([])
    })

    it('follows when it hears of something, and does not wait until it would look', async ({
      store,
      openStore,
    }) => {
      const other = await openStore()
      const end = new AbortController()
      const heard = new Map<number, PromiseWithResolvers<void>>()
      const until = (position: number) => {
        const there = heard.get(position) ?? Promise.withResolvers<void>()
        heard.set(position, there)
        return there
      }
      const following = followStore(store, other, {
        until: end.signal,
        everyMs: 2_147_483_647,
        caughtUp: ({ position }) => until(position).resolve(),
      })
      await promptly(until(0).promise, 'the first pass')
      for (const id of ['r1', 'r2', 'r3']) {
        await aRun(store, { id })
        await promptly(until(await store.events.position()).promise, `the copy of ${id}`)
        expect(await other.runs.get(id)).toStrictEqual(await store.runs.get(id))
      }
      end.abort()
      expect((await promptly(following, 'the end')).runs).toMatchObject({ copied: 3 })
    })

    it('follows without hints too, by looking from time to time', async ({ store, openStore }) => {
      const other = await openStore()
      const end = new AbortController()
      const deaf: ConsensusStore = {
        ...store,
        arrival: (_after, { withinMs, signal }) =>
          elapsed(withinMs, undefined, { signal }).catch(() => undefined),
      }
      const copied = Promise.withResolvers<void>()
      const following = followStore(deaf, other, {
        until: end.signal,
        everyMs: 5,
        caughtUp: ({ runs }) => runs.copied === 1 && copied.resolve(),
      })
      await aRun(store)
      await promptly(copied.promise, 'the copy')
      end.abort()
      await following
    })

    it('goes on following a store that cannot be waited on for a while', async ({ store, openStore }) => {
      const other = await openStore()
      const end = new AbortController()
      const troubles: string[] = []
      let away = 2
      const flaky = intercept(store, async (operation, call) => {
        if (operation === 'arrival' && away-- > 0) throw new StoreError('UNAVAILABLE', 'The wire is cut')
        return call()
      })
      const twice = Promise.withResolvers<void>()
      const copied = Promise.withResolvers<void>()
      const following = followStore(flaky, other, {
        until: end.signal,
        everyMs: 5,
        troubled: ({ code }) => troubles.push(code) === 2 && twice.resolve(),
        caughtUp: ({ runs }) => runs.copied === 1 && copied.resolve(),
      })
      await promptly(twice.promise, 'the second trouble')
      await aRun(store)
      await promptly(copied.promise, 'the copy')
      end.abort()
      await following

      expect(troubles).toEqual(['UNAVAILABLE', 'UNAVAILABLE'])
    })

    it('names a run that took the id of a deleted one, instead of taking it for that', async ({
      store,
      openStore,
    }) => {
      await anEndedRun(store, 'r', 'a', 'b')
      const other = await openStore()
      const end = new AbortController()
      const { promise: caughtUp, resolve } = Promise.withResolvers<unknown>()
      const following = followStore(store, other, { until: end.signal, everyMs: 5, caughtUp: resolve })
      await caughtUp
      await store.runs.delete('r')
      await aRun(store, { id: 'r', specId: 'OTHER' })
      end.abort()
      const { runs, refusals } = await following

      expect(runs).toEqual(counts({ read: 2, copied: 1, refused: 1 }))
      expect(refusals).toMatchObject([{ runId: 'r', code: 'CONFLICT' }])
      expect((await compareStores(store, other)).differing).toEqual([{ runId: 'r', how: 'other' }])
    })

    it('goes on following a store that could not be had for a while', async ({ store, openStore }) => {
      const other = await openStore()
      const end = new AbortController()
      const troubles: string[] = []
      let away = 2
      const flaky = intercept(other, async (operation, call) => {
        if (operation === 'runs.record' && away-- > 0) throw new StoreError('UNAVAILABLE', 'The wire is cut')
        return call()
      })
      await store.runs.record(goldenBundle())
      const { runs } = await followStore(store, flaky, {
        until: end.signal,
        everyMs: 5,
        troubled: ({ code }) => troubles.push(code),
        caughtUp: () => end.abort(),
      })

      expect(troubles).toEqual(['UNAVAILABLE', 'UNAVAILABLE'])
      expect(runs).toMatchObject({ copied: 1, refused: 0 })
      expect((await compareStores(store, other)).differing).toEqual([])
    })
  })
}

/** The runs in the order in which a store's log begins them. */
const begun = async (store: ConsensusStore) =>
  (await allEvents(store)).filter(({ sequence }) => sequence === 1).map(({ runId }) => runId)

const counts = (runs: object) => ({ read: 0, copied: 0, extended: 0, skipped: 0, refused: 0, ...runs })

/** The store, in which one method must not be called. */
const never = (store: ConsensusStore, method: string): ConsensusStore =>
  intercept(store, async (operation, call) => {
    if (operation === method) throw new Error(`${method} was called`)
    return call()
  })
