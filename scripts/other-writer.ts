// Another process that writes to the same place, for benchmarks of what holds others up.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsensusStore } from '../packages/core/src/index.ts'

/** Milliseconds between two writes. */
const DUE_MS = 2

export interface BesideOther<T> {
  readonly result: T
  readonly ms: number
  /** Milliseconds that each write of the other process took. */
  readonly waits: readonly number[]
}

/** Times `work` while `script`, started with `--writer <place>`, calls `writeWhenDue`. */
export async function besideOther<T>(
  script: string,
  place: string,
  work: () => Promise<T>,
): Promise<BesideOther<T>> {
  const child = fork(script, ['--writer', place], { execArgv: [] })
  // It may have ended before the last it said has been read.
  const ended = once(child, 'exit')
  const failed = ended.then(([code, signal]) => {
    if (code !== 0) throw new Error(`The other writer ended with ${code ?? signal}`)
  })
  const said = async () => (await Promise.race([once(child, 'message'), failed.then(() => [])])) as unknown[]
  await said()
  const startedAt = performance.now()
  const result = await work()
  const ms = performance.now() - startedAt
  child.send('enough')
  const [waits] = (await said()) as [readonly number[]]
  await ended
  return { result, ms, waits }
}

/** Saves a cursor whenever it is due until it is told that it is enough, and tells how long each took. */
export async function writeWhenDue(store: ConsensusStore): Promise<void> {
  let enough = false
  process.once('message', () => {
    enough = true
  })
  const waits: number[] = []
  await store.cursors.save('other', 0)
  process.send!('ready')
  for (let due = performance.now(); !enough; due = Math.max(due + DUE_MS, performance.now())) {
    await sleep(Math.max(0, due - performance.now()))
    const asked = performance.now()
    await store.cursors.save('other', waits.length + 1)
    waits.push(performance.now() - asked)
  }
  // What is not yet sent is lost when the channel closes.
  process.send!(waits, () => process.disconnect())
}
