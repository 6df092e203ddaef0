import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsensusStore } from '@consensus-store/core'
import { anAgent, anArtifact, aRun } from './fixtures.ts'
import { persistently } from './persistently.ts'

const writers = ['w0', 'w1', 'w2', 'w3', 'w4', 'w5']
const rounds = 8

/** How many events `writeSlowly` leaves behind. */
export const EVENTS_OF_SLOW_WRITERS = writers.length * (1 + rounds * 3)

/** Writers at once whose transactions take their time, so that they commit in another order than they began in. */
export async function writeSlowly(stores: readonly ConsensusStore[]): Promise<void> {
  for (const id of writers) await aRun(stores[0]!, { id })
  await Promise.all(writers.map((runId, i) => writeRounds(stores[i % stores.length]!, runId)))
}

/** Each round one transaction of two writes, each writer with pauses of its own, and one write by itself. */
async function writeRounds(store: ConsensusStore, runId: string): Promise<void> {
  const pause = 1 + writers.indexOf(runId) * 2
  for (let round = 0; round < rounds; round++) {
    const id = `${runId} ${round}`
    await persistently(() =>
      store.transaction(async (tx) => {
        await anAgent(tx, { runId, agentId: id })
        await sleep(pause)
        await anArtifact(tx, { runId, id })
        await sleep(round % 2)
      }),
    )
    await persistently(() => store.executions.start(id))
  }
}
