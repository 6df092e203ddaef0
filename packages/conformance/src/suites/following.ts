import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsensusStore, Event } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents } from '../contents.ts'
import { anAgent, anArtifact, aRun } from '../fixtures.ts'
import { EVENTS_OF_SLOW_WRITERS, writeSlowly } from '../slow-writers.ts'
import type { It } from '../store-test.ts'

/** Milliseconds a store gets for what it may well leave waiting until a transaction has ended. */
const PATIENCE_MS = 40

export function following(it: It): void {
  describe('following the log by its positions', () => {
    it('misses nothing and repeats nothing while transactions take their time', async ({ store }) => {
      await mustSeeEverything(store, [store])
    })

    it('misses nothing and repeats nothing of what other stores at the same place write', async ({
      sharedPlace,
    }) => {
      await using one = await sharedPlace.open()
      await using other = await sharedPlace.open()
      await using reader = await sharedPlace.open()
      await mustSeeEverything(reader, [one, other])
    })

    it('misses nothing of transactions that end in another order than they began in', async ({ store }) => {
      for (const id of ['first', 'second', 'third']) await aRun(store, { id })
      const first = await openTransaction(store, 'first')
      const second = await openTransaction(store, 'second')
      const third = await openTransaction(store, 'third')
      const beside = aRun(store, { id: 'beside' })
      await Promise.race([beside, sleep(PATIENCE_MS)])
      const follower = follow(store)
      for (const transaction of [third, second, first]) {
        await follower.catchUp()
        await transaction.commit()
      }
      await Promise.all([first.done, second.done, third.done, beside])
      await follower.catchUp()

      expect(follower.seen).toStrictEqual(await allEvents(store))
      expect(follower.seen).toHaveLength(10)
    })
  })
}

/** Reads on from where it stopped. */
function follow({ events }: Pick<ConsensusStore, 'events'>) {
  const seen: Event[] = []
  const read = async (): Promise<number> => {
    const more = await events.readAll({ after: seen.at(-1)?.position ?? 0, limit: 7 })
    seen.push(...more)
    return more.length
  }
  const catchUp = async () => {
    while ((await read()) > 0);
  }
  return { seen, read, catchUp }
}

async function mustSeeEverything(reader: ConsensusStore, stores: readonly ConsensusStore[]): Promise<void> {
  const follower = follow(reader)
  let writing = true
  const written = writeSlowly(stores).finally(() => {
    writing = false
  })
  while (writing) {
    await follower.read()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await written
  await follower.catchUp()

  expect(follower.seen).toStrictEqual(await allEvents(reader))
  expect(follower.seen).toHaveLength(EVENTS_OF_SLOW_WRITERS)
}

/** A transaction that has written, or waits for others before it can, and ends when it is told to. */
async function openTransaction(store: ConsensusStore, runId: string) {
  const entered = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const done = store.transaction(async (tx) => {
    await anAgent(tx, { runId, agentId: `${runId} agent` })
    entered.resolve()
    await gate.promise
    await anArtifact(tx, { runId, id: `${runId} artifact` })
  })
  await Promise.race([entered.promise, done, sleep(PATIENCE_MS)])
  const commit = async () => {
    gate.resolve()
    await Promise.race([done, sleep(PATIENCE_MS)])
  }
  return { done, commit }
}
