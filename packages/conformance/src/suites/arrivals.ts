import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { ConsensusStore, Event } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents } from '../contents.ts'
import { anAgent, anArtifact, anEndedRun, aRun } from '../fixtures.ts'
import { persistently } from '../persistently.ts'
import { startProcess } from '../processes/process.ts'
import { promptly } from '../promptly.ts'
import type { It } from '../store-test.ts'

/** Longer than any test: whoever waited for it was not told. */
const withinMs = 600_000
const timeout = 120_000

export function arrivals(it: It): void {
  describe('the position of a log', () => {
    it('is 0 while it is empty', async ({ store }) => {
      expect(await store.events.position()).toBe(0)
    })

    it('is such that just what is appended later is behind it', async ({ store }) => {
      await aRun(store, { id: 'before' })
      const position = await store.events.position()
      expect(await store.events.readAll({ after: position })).toEqual([])
      await aRun(store, { id: 'after' })

      expect(await store.events.readAll({ after: position })).toMatchObject([{ runId: 'after' }])
      expect(await store.events.position()).toBeGreaterThan(position)
    })

    it('does not go back when what was last is deleted', async ({ store }) => {
      await aRun(store, { id: 'stays' })
      await anEndedRun(store, 'goes', 'a1')
      const position = await store.events.position()
      await store.runs.delete('goes')

      expect(await store.events.position()).toBeGreaterThanOrEqual(position)
      await aRun(store, { id: 'next' })
      expect(await store.events.readAll({ after: position })).toMatchObject([{ runId: 'next' }])
    })

    it('is in a transaction that of its beginning, whatever it has appended itself', async ({ store }) => {
      await aRun(store, { id: 'before' })
      const position = await store.transaction(async (tx) => {
        await aRun(tx, { id: 'r' })
        await anAgent(tx, { runId: 'r', agentId: 'a1' })
        return tx.events.position()
      })

      const types = (await store.events.readAll({ after: position })).map(({ type }) => type)
      expect(types).toEqual(['run.started', 'execution.spawned'])
    })

    it('goes with what a transaction sees: all else is behind it, whoever writes meanwhile', async ({
      store,
    }) => {
      const runs = ['r0', 'r1', 'r2']
      for (const id of runs) await aRun(store, { id })
      let writing = true
      const written = Promise.all(runs.map((runId) => writeInTransactions(store, runId))).finally(() => {
        writing = false
      })
      const looks: { readonly position: number; readonly seen: readonly Event[] }[] = []
      while (writing) {
        const look = async () =>
          store.transaction(async (tx) => {
            const seen = await allEvents(tx)
            return { seen, position: await tx.events.position() }
          })
        looks.push(await persistently(look))
        // A store that answers at once would never let the writers sleep out.
        await nextTurn()
      }
      await written

      const log = await allEvents(store)
      for (const { position, seen } of looks) {
        const known = new Set(seen.map((event) => event.position))
        const unseen = log.filter((event) => !known.has(event.position))
        expect(unseen.filter((event) => event.position <= position)).toEqual([])
      }
      expect(new Set(looks.map(({ position }) => position)).size).toBeGreaterThan(1)
    })
  })

  describe('an arrival', () => {
    it('is told of at once when it was before', async ({ store }) => {
      await aRun(store)

      await promptly(store.arrival(0, { withinMs }), 'hearing of what is there')
    })

    it('is told of when it comes, by itself or in a transaction', async ({ store }) => {
      const writes = [
        () => aRun(store, { id: 'r' }),
        () => anAgent(store, { runId: 'r', agentId: 'a1' }),
        () => store.transaction((tx) => anArtifact(tx, { runId: 'r' })),
      ]
      const done = new AbortController()
      for (const write of writes) {
        const heard = Promise.all([listen(store, done.signal), listen(store), listen(store)])
        await sleep(50)
        await write()
        await promptly(heard, 'hearing of what came')
      }
      done.abort()
    })

    it('is told of after what was said in vain: nothing that comes between two calls is lost', async ({
      store,
    }) => {
      await aRun(store, { id: 'r' })
      const done = new AbortController()
      const hearing = promptly(hearOf(store, 31, done.signal), 'hearing of all that came', 60_000)
      for (let i = 0; i < 30; i++) {
        await anAgent(store, { runId: 'r', agentId: `a${i}` })
        if (i % 3 === 0) await sleep(1)
      }
      await hearing
      done.abort()
    })

    it('is not waited for longer than was said, nor when the signal is aborted', async ({ store }) => {
      await aRun(store)
      const after = await store.events.position()
      await promptly(store.arrival(after, { withinMs: 20 }), 'who would wait for 20 ms')
      await promptly(store.arrival(after, { withinMs: 0 }), 'who would not wait')
      await promptly(store.arrival(after, { withinMs, signal: AbortSignal.abort() }), 'who was told before')
      const done = new AbortController()
      const waiting = store.arrival(after, { withinMs, signal: done.signal })
      await sleep(30)
      done.abort(new Error('enough'))
      await promptly(waiting, 'who was told')
    })

    it('does not hold up closing, which ends the waiting', async ({ store }) => {
      await aRun(store)
      const after = await store.events.position()
      const { signal } = new AbortController()
      const waiting = [store.arrival(after, { withinMs }), store.arrival(after, { withinMs, signal })]
      await sleep(30)
      await promptly(store.close(), 'closing')
      await promptly(Promise.all(waiting), 'who waited')
    })

    it('on the store is not waited for inside one of its transactions', async ({ store }) => {
      await store.transaction(async (tx) => {
        await expect(store.arrival(0, { withinMs })).rejects.toMatchObject({ code: 'INVALID' })
        await aRun(tx)
      })
    })

    it('by another store at the same place is told of too', async ({ sharedPlace }) => {
      await using one = await sharedPlace.open()
      await using other = await sharedPlace.open()
      await aRun(one, { id: 'r' })
      const done = new AbortController()
      for (let i = 0; i < 3; i++) {
        const heard = listen(one, done.signal)
        await sleep(20)
        await anAgent(other, { runId: 'r', agentId: `a${i}` })
        await promptly(heard, 'hearing of what another store appended')
      }
      done.abort()
    })

    it('by another process is told of too', { timeout }, async ({ sharedPlace }) => {
      await using store = await sharedPlace.open()
      await using writer = await startProcess(sharedPlace, 'spawn', { runId: 'r', name: 'w', count: 3 })
      await writer.open()
      const heard = listen(store)
      await sleep(20)
      const written = writer.start()
      await promptly(heard, 'hearing of what another process appended', 60_000)
      await written
    })
  })
}

const lastPosition = async (store: ConsensusStore) => (await allEvents(store)).at(-1)?.position ?? 0

/** Resolves when there is something to be read that was not there when it was asked for. */
async function listen(store: ConsensusStore, signal?: AbortSignal): Promise<void> {
  const after = await lastPosition(store)
  while ((await store.events.readAll({ after, limit: 1 })).length === 0)
    await store.arrival(after, { withinMs, signal })
}

/** Resolves when there are so many events to be read. */
async function hearOf(store: ConsensusStore, count: number, signal: AbortSignal): Promise<void> {
  while (true) {
    const events = await allEvents(store)
    if (events.length >= count) return
    await store.arrival(events.at(-1)?.position ?? 0, { withinMs, signal })
  }
}

async function writeInTransactions(store: ConsensusStore, runId: string): Promise<void> {
  for (let i = 0; i < 10; i++) {
    const agentId = `${runId} ${i}`
    await persistently(() =>
      store.transaction(async (tx) => {
        await anAgent(tx, { runId, agentId })
        await sleep(1 + (i % 3))
        await tx.executions.start(agentId)
      }),
    )
    await sleep(1)
  }
}
