import { describe, expect } from 'vitest'
import { allEvents, contents } from '../contents.ts'
import { anAgent, aRun } from '../fixtures.ts'
import { startProcess, together } from '../processes/process.ts'
import { promptly } from '../promptly.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

const timeout = 120_000
const names = ['one', 'two', 'three', 'four']
const each = 25

export function sharing(it: It): void {
  describe('sharing', () => {
    it('is seen at once by every other store at the same place', async ({ sharedPlace, clock }) => {
      await using one = await sharedPlace.open({ env: clock })
      await using other = await sharedPlace.open({ env: clock })
      expect(await other.routes.find('a1')).toBeUndefined()
      expect(await other.runs.list()).toEqual({ items: [], next: undefined })
      await playStory(one, clock)

      expect(await other.routes.find('a1')).toMatchObject({ runId: 'run-1' })
      expect(await contents(other)).toStrictEqual(await contents(one))
      await other.executions.complete('c1', { response: 'from the other' })
      expect(await one.executions.response('c1')).toBe('from the other')
      await other.close()
      expect(await one.runs.get('run-3')).toMatchObject({ lastSequence: 4 })
    })

    it('lets any number of processes open a new place and write at once', { timeout }, async ({
      sharedPlace,
    }) => {
      await together(
        sharedPlace,
        'spawn',
        names.map((name) => ({ runId: 'r', name, count: each })),
      )

      await using store = await sharedPlace.open()
      const log = await store.events.read('r', { limit: 1_000 })
      expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_, i) => i + 1))
      const spawned = log.slice(1).map(({ data }) => (data as { agentId: string }).agentId)
      expect(spawned).toHaveLength(names.length * each)
      for (const name of names) {
        const own = spawned.filter((agentId) => agentId.startsWith(`${name} `))
        expect(own).toEqual(Array.from({ length: each }, (_, i) => `${name} ${i}`))
      }
      expect((await store.verify()).differences).toEqual([])
    })

    it('gives one identity to all who open a place at once, in every process, and another to another place', {
      timeout,
    }, async ({ newSharedPlace }) => {
      const [place, other] = [await newSharedPlace(), await newSharedPlace()]
      const told = await together(
        place,
        'identify',
        Array.from({ length: 8 }, () => ({})),
      )
      await using store = await place.open()
      await using stranger = await other.open()

      expect(new Set(told)).toEqual(new Set([await store.identity()]))
      expect(await stranger.identity()).not.toBe(told[0])
    })

    it('gives an execution that many processes end one end', { timeout }, async ({ sharedPlace }) => {
      await using store = await sharedPlace.open()
      const { id: runId } = await aRun(store)
      const agentIds = Array.from({ length: each }, (_, i) => `a${i}`)
      await Promise.all(agentIds.map((agentId) => anAgent(store, { runId, agentId })))
      const won = await together(
        sharedPlace,
        'end',
        names.map((name) => ({ agentIds, name })),
      )

      expect(won.flat().sort()).toEqual([...agentIds].sort())
      for (const [i, name] of names.entries()) {
        for (const agentId of won[i]!) expect(await store.executions.response(agentId)).toBe(name)
      }
      expect(await store.runs.get(runId)).toMatchObject({ lastSequence: 1 + 2 * each })
      expect((await store.verify()).differences).toEqual([])
    })

    it('loses no update of transactions that read, then write', { timeout }, async ({ sharedPlace }) => {
      await using store = await sharedPlace.open()
      const { id: runId } = await aRun(store)
      await together(
        sharedPlace,
        'count',
        names.map(() => ({ runId, count: 8 })),
      )

      const counted = (await store.runs.bundle(runId))!.artifacts.map(({ content }) => content as number)
      expect(counted.sort((a, b) => a - b)).toEqual(Array.from({ length: names.length * 8 }, (_, i) => i + 1))
    })

    it('lets readers follow the log while others write: they miss nothing', { timeout }, async ({
      sharedPlace,
    }) => {
      await using store = await sharedPlace.open()
      const events = names.length * (each + 1)
      await using reader = await startProcess(sharedPlace, 'follow', { count: events })
      await reader.open()
      const following = reader.start()
      const writing = together(
        sharedPlace,
        'spawn',
        names.map((name) => ({ runId: name, name, count: each })),
      )
      const seen: number[] = []
      while (seen.length < events) {
        const more = await store.events.readAll({ after: seen.at(-1) ?? 0, limit: 3 })
        seen.push(...more.map(({ position }) => position))
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      await writing

      const positions = (await allEvents(store)).map(({ position }) => position)
      expect(seen).toEqual(positions)
      expect(await following).toEqual(positions)
      expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b))
    })

    it('lets nobody see, or wait to read, what another process has not committed', { timeout }, async ({
      sharedPlace,
    }) => {
      await using store = await sharedPlace.open()
      await aRun(store, { id: 'before' })
      const before = await contents(store)
      await using holder = await startProcess(sharedPlace, 'hold', { runId: 'held' })
      await holder.open()
      const held = holder.start()
      await holder.reported(1)

      expect(await promptly(contents(store), 'reading')).toStrictEqual(before)
      expect(await promptly(store.routes.find('held agent'), 'finding')).toBeUndefined()
      await using late = await promptly(sharedPlace.open(), 'opening')
      expect(await promptly(contents(late), 'reading')).toStrictEqual(before)
      holder.letGo()
      await held
      expect(await store.routes.find('held agent')).toMatchObject({ runId: 'held' })
      expect(await late.routes.find('held agent')).toMatchObject({ runId: 'held' })
    })

    it('has writers wait for another process’s transaction without stopping this one', { timeout }, async ({
      sharedPlace,
    }) => {
      await using store = await sharedPlace.open()
      await using holder = await startProcess(sharedPlace, 'hold', { runId: 'held' })
      await holder.open()
      const held = holder.start()
      await holder.reported(1)
      const writing = aRun(store, { id: 'beside' })
      // Only this process can let the other go: a write that stops it while it waits, waits in vain.
      await new Promise((resolve) => setTimeout(resolve, 50))
      holder.letGo()
      await Promise.all([held, writing])

      expect((await contents(store)).bundles.map(({ run }) => run.id).sort()).toEqual(['beside', 'held'])
    })
  })
}
