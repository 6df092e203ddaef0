import {
  type ConsensusStore,
  compareStores,
  copyStore,
  diff,
  eventsOf,
  intercept,
  logOf,
  type Nouns,
  replay,
  watch,
} from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents, allPages, changesNothing, contents } from '../contents.ts'
import { anAgent, anArtifact, aRun, aSynthesis } from '../fixtures.ts'
import { goldenBundle, likeGoldenBundle } from '../golden-bundle.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { playStory, story } from '../story.ts'

/** Every call that may meet an archived run has one answer. */
export function archivedRuns(it: It): void {
  describe('an archived run', () => {
    it('is given to who makes the same write again, and CONFLICT to who makes another', async ({
      store,
      clock,
    }) => {
      await playStory(store, clock)
      await store.archives.add('run-1')
      await store.archives.add('run-2')
      const concluded = await store.runs.get('run-1')
      const abandoned = await store.runs.get('run-2')
      const start = {
        id: 'run-1',
        specId: 'SPEC-1',
        stage: 'plan',
        branch: 'main',
        expectedAgents: ['gemini', 'claude'],
        labels: { team: 'alpha', 'ünï☂': 'cödé' },
      }
      const conclusion = {
        verdict: 'degraded',
        missingAgents: ['claude'],
        agreements: ['do it'],
        conflicts: ['when'],
      } as const

      await changesNothing(store, async () => {
        expect(await store.runs.start(start)).toStrictEqual(concluded)
        expect(await store.runs.conclude('run-1', conclusion)).toStrictEqual(concluded)
        expect(await store.runs.abandon('run-2')).toStrictEqual(abandoned)
        expect(await store.runs.unpin('run-1')).toStrictEqual(concluded)
        await refusal('CONFLICT', store.runs.start({ ...start, stage: 'tasks' }))
        await refusal('CONFLICT', store.runs.conclude('run-1', { verdict: 'failed' }))
        await refusal('CONFLICT', store.runs.conclude('run-2', conclusion))
        await refusal('CONFLICT', store.runs.abandon('run-1'))
        const { message } = await refusal('CONFLICT', store.runs.pin('run-1'))
        expect(message).toMatch(/run-1.*archived/)
      })
    })

    it('takes nothing more, and its agents are not known', async ({ store, clock }) => {
      await playStory(store, clock)
      await store.archives.add('run-1')
      await changesNothing(store, async () => {
        await refusal('CONFLICT', anAgent(store, { runId: 'run-1', agentId: 'a9' }))
        await refusal('CONFLICT', anAgent(store, { runId: 'run-1', agentId: 'a1' }))
        await refusal('CONFLICT', anArtifact(store, { runId: 'run-1', id: 'art-1' }))
        await refusal('CONFLICT', aSynthesis(store, { runId: 'run-1', id: 'syn-1' }))
        await refusal('NOT_FOUND', store.executions.start('a1'))
        await refusal('NOT_FOUND', store.executions.complete('a1', { response: 'Plan:\n1. do it\r\n' }))
        await refusal('NOT_FOUND', store.executions.fail('a2', { reason: 'error', message: 'late' }))
        await refusal('NOT_FOUND', store.executions.cancel('a3'))
        await refusal('NOT_FOUND', store.executions.timeOut('a3'))
      })
    })

    it('is brought up by no bundle, and stays as it is when a bundle tells no more', async ({ store }) => {
      const whole = goldenBundle()
      const short = goldenBundle({ upTo: 8 })
      await store.runs.record(whole)
      await store.runs.unpin('golden')
      const unpinned = (await store.runs.bundle('golden'))!
      await store.archives.add('golden')
      const archived = await store.runs.get('golden')

      await changesNothing(store, async () => {
        for (const bundle of [unpinned, whole, short]) {
          expect(await store.runs.record(bundle)).toStrictEqual(archived)
        }
        const other = likeGoldenBundle('golden', { upTo: 4 })
        const parted = { ...other, events: other.events.with(3, { ...other.events[3]!, at: new Date(0) }) }
        await refusal('INVALID', store.runs.record(parted))
      })
      await store.archives.restore('golden')
      await store.runs.pin('golden')
      const longer = (await store.runs.bundle('golden'))!
      await store.runs.unpin('golden')
      await store.runs.delete('golden')
      await store.runs.record(unpinned)
      await store.archives.add('golden')
      await changesNothing(store, async () => {
        const { message } = await refusal('CONFLICT', store.runs.record(longer))
        expect(message).toMatch(/golden.*archived/)
      })
    })

    it('is CONFLICT to a bundle that tells it otherwise', async ({ store, openStore }) => {
      const other = await openStore()
      for (const each of [store, other]) await aRun(each, { id: 'r', labels: { of: 'both' } })
      await store.runs.conclude('r', { verdict: 'failed' })
      await other.runs.abandon('r')
      await store.archives.add('r')
      const bundle = (await other.runs.bundle('r'))!

      await changesNothing(store, async () => {
        await refusal('CONFLICT', store.runs.record(bundle))
      })
    })

    it('is deleted with its archive, gives no agents, and brings nothing back', async ({ store, clock }) => {
      await playStory(store, clock)
      await store.archives.add('run-1')
      expect(await store.runs.delete('run-1')).toStrictEqual({ id: 'run-1', agentIds: [] })
      expect(await store.runs.delete('run-1')).toBeUndefined()
      expect(await store.archives.get('run-1')).toBeUndefined()
      expect(await store.archives.list()).toMatchObject({ items: [] })
      await refusal('NOT_FOUND', store.archives.restore('run-1'))
      await refusal('NOT_FOUND', store.archives.add('run-1'))

      await aRun(store, { id: 'run-1', specId: 'OTHER' })
      await store.runs.abandon('run-1')
      expect(await store.runs.get('run-1')).toMatchObject({ specId: 'OTHER', archivedAt: undefined })
      await store.archives.add('run-1')
      expect((await store.archives.get('run-1'))?.bundle).toMatchObject({
        run: { specId: 'OTHER' },
        executions: [],
        artifacts: [],
        events: [{ sequence: 1 }, { sequence: 2 }],
      })
      expect((await store.verify()).differences).toEqual([])
    })

    it('leaves its ids to others, and is not put back while one has them', async ({ store, clock }) => {
      await playStory(store, clock)
      const bundle = await store.runs.bundle('run-1')
      await store.archives.add('run-1')
      const takers: readonly (readonly [string, (store: Nouns, runId: string) => Promise<unknown>])[] = [
        ['a2', (store, runId) => anAgent(store, { runId, agentId: 'a2', agentName: 'another' })],
        ['art-1', (store, runId) => anArtifact(store, { runId, id: 'art-1' })],
        ['syn-1', (store, runId) => aSynthesis(store, { runId, id: 'syn-1' })],
      ]
      for (const [id, take] of takers) {
        const runId = `takes ${id}`
        await aRun(store, { id: runId })
        await take(store, runId)
        await changesNothing(store, async () => {
          const { message } = await refusal('CONFLICT', store.archives.restore('run-1'))
          expect(message).toContain(id)
          expect(message).toContain(runId)
        })
        await store.executions.cancel(id).catch(() => undefined)
        await store.runs.abandon(runId)
        await store.runs.delete(runId)
      }

      await store.archives.restore('run-1')
      expect(await store.runs.bundle('run-1')).toStrictEqual(bundle)
      expect(await store.routes.find('a2')).toMatchObject({ agentName: 'claude', runId: 'run-1' })
    })

    it('can still be replayed, and compared with what it was', async ({ store, clock }) => {
      await playStory(store, clock)
      const before = {
        log: await logOf(store, 'run-1'),
        end: await replay(store, 'run-1'),
        early: await replay(store, 'run-1', { to: 4 }),
        changes: await diff(store, 'run-1', 3, 7),
      }
      await store.archives.add('run-1')

      expect(await logOf(store, 'run-1')).toStrictEqual(before.log)
      expect(await replay(store, 'run-1')).toStrictEqual(before.end)
      expect(await replay(store, 'run-1', { to: 4 })).toStrictEqual(before.early)
      const { events, ...changes } = await diff(store, 'run-1', 3, 7)
      const { events: told, ...expected } = before.changes
      expect(changes).toStrictEqual(expected)
      expect(events).toStrictEqual(told.map((event) => ({ ...event, position: 0 })))
      const some: number[] = []
      for await (const { sequence } of eventsOf(store, 'run-1', { after: 2, to: 5 })) some.push(sequence)
      expect(some).toEqual([3, 4, 5])
      await refusal('NOT_FOUND', replay(store, 'nobody'))
    })

    it('that is archived while its events are read is read to its end', async ({ store, clock }) => {
      await playStory(store, clock)
      const sequences: number[] = []
      for await (const { sequence } of eventsOf(store, 'run-1', { limit: 3 })) {
        sequences.push(sequence)
        if (sequence === 2) await store.archives.add('run-1')
      }
      expect(sequences).toEqual(Array.from({ length: 13 }, (_, i) => i + 1))
    })

    it('that is put back between two reads is found by every reader', async ({ store, openStore, clock }) => {
      await playStory(store, clock)
      const before = await contents(store)
      const readers: readonly ((store: ConsensusStore) => Promise<unknown>)[] = [
        (store) => logOf(store, 'run-1'),
        (store) => replay(store, 'run-1'),
        (store) => replay(store, 'run-1', { to: 4, snapshotEvery: 2 }),
        async (store) => (await diff(store, 'run-1', 3, 7)).run,
      ]
      for (const reader of readers) {
        const told = await reader(store)
        await store.archives.add('run-1')
        expect(await reader(afterFirst('events.read', store, putBack))).toStrictEqual(told)
      }

      for (const operation of ['events.read', 'runs.get', 'events.readAll']) {
        await store.archives.add('run-1')
        const copy = await openStore()
        expect((await copyStore(afterFirst(operation, store, putBack), copy)).refusals).toEqual([])
        expect((await contents(copy)).bundles).toStrictEqual(before.bundles)
        await store.archives.restore('run-1')
      }
    })

    it('and put back while its events are read is read to its end', async ({ store, clock }) => {
      await playStory(store, clock)
      const told = await replay(store, 'run-1')
      const moved = async (store: ConsensusStore) => {
        await store.archives.add('run-1')
        await putBack(store)
      }
      const sequences: number[] = []
      for await (const { sequence } of eventsOf(store, 'run-1', { limit: 3 })) {
        sequences.push(sequence)
        if (sequence === 2 || sequence === 8) await moved(store)
      }

      expect(sequences).toEqual(Array.from({ length: 13 }, (_, i) => i + 1))
      const reading = afterFirst('events.read', store, moved)
      expect(await replay(reading, 'run-1', { snapshotEvery: 3 })).toStrictEqual(told)
    })

    it('is verified with all the others, and counts', async ({ store, clock }) => {
      await playStory(store, clock)
      const before = await store.verify()
      await store.archives.add('run-1')
      await store.archives.add('run-2')

      expect(before).toEqual({ runs: 3, events: story.length, differences: [] })
      expect(await store.verify()).toEqual(before)
      expect(await store.verify('run-1')).toEqual({ runs: 1, events: 13, differences: [] })
      expect(await store.rebuild()).toEqual({ runs: 3, repaired: [], agentIds: [], left: [] })
    })

    it('is copied as it was before, whether the copy has it already or not', async ({
      store,
      openStore,
      clock,
    }) => {
      await playStory(store, clock)
      const before = await contents(store)
      await store.archives.add('run-1')
      const copy = await openStore()
      const first = await copyStore(store, copy)
      expect(first.runs).toEqual({ read: 3, copied: 3, extended: 0, skipped: 0, refused: 0 })
      expect(await copy.runs.get('run-1')).toMatchObject({ archivedAt: undefined })
      expect((await contents(copy)).bundles).toStrictEqual(before.bundles)
      expect((await compareStores(store, copy)).differing).toEqual([])

      await store.archives.add('run-2')
      await copy.archives.add('run-1')
      const again = await copyStore(store, copy, { after: first.position })
      expect(again.runs).toMatchObject({ copied: 0, extended: 0, refused: 0 })
      expect((await compareStores(store, copy)).differing).toEqual([])
      expect((await allPages(copy.runs.list)).filter(({ archivedAt }) => archivedAt)).toHaveLength(1)
    })

    it('is the same within a transaction', async ({ store, clock }) => {
      await playStory(store, clock)
      const bundle = (await store.runs.bundle('run-1'))!
      await store.archives.add('run-1')
      const run = await store.runs.get('run-1')
      await store.transaction(async (tx) => {
        expect(await tx.runs.get('run-1')).toStrictEqual(run)
        expect(await tx.runs.bundle('run-1')).toStrictEqual(bundle)
        expect(await tx.runs.record(bundle)).toStrictEqual(run)
        expect((await tx.runs.list({ archived: true })).items).toStrictEqual([run])
        await refusal('CONFLICT', tx.runs.pin('run-1'))
        expect(await tx.routes.find('a1')).toBeUndefined()
        await aRun(tx, { id: 'after all' })
      })
      expect(await store.runs.get('after all')).toBeDefined()
      await store.transaction((tx) => tx.runs.delete('run-1'))
      expect(await store.archives.list()).toMatchObject({ items: [] })
    })

    it('is nothing to who follows the log, and met again when it is put back', async ({ store, clock }) => {
      await playStory(store, clock)
      const { position } = (await allEvents(store)).at(-1)!
      await store.archives.add('run-1')
      expect(await store.events.readAll({ after: position })).toEqual([])
      await store.archives.restore('run-1')

      const met: (readonly [string, number])[] = []
      for await (const { runId, sequence } of watch(store, { after: position })) {
        met.push([runId, sequence])
        if (met.length === 13) break
      }
      expect(met).toEqual(Array.from({ length: 13 }, (_, i) => ['run-1', i + 1]))
    })
  })
}

const putBack = (store: ConsensusStore) => store.archives.restore('run-1')

/** A store to which something happens once, when an operation was first done. */
function afterFirst(
  operation: string,
  store: ConsensusStore,
  happens: (store: ConsensusStore) => Promise<unknown>,
): ConsensusStore {
  let happened = false
  return intercept(store, async (called, call) => {
    const given = await call()
    if (called === operation && !happened) {
      happened = true
      await happens(store)
    }
    return given
  })
}
