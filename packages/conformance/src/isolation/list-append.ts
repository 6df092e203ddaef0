import { setTimeout as sleep } from 'node:timers/promises'
import { type ConsensusStore, type Nouns, StoreError } from '@consensus-store/core'
import { random } from '../random.ts'
import type { Operation, Transaction } from './history.ts'

/** What one of several callers does at random; the same for the same seed, as far as others let it. */
export interface Workload {
  readonly seed: number
  /** Tells what this caller appends from what others do. */
  readonly caller: string
  readonly transactions: number
  /** Operations a transaction has at most. */
  readonly operations: number
}

/** Lists in use at one time: few, so that callers meet. */
const LISTS = 4
/** Transactions of one caller after which it goes on to new lists, so that none grows long. */
const GENERATION = 12

/** The lists that workloads with so many transactions append to, which must be runs. */
export const listsOf = (transactions: number): readonly string[] =>
  Array.from({ length: Math.ceil(transactions / GENERATION) * LISTS }, (_, i) => `list ${i}`)

/** Runs transactions of random appends and reads, some of them single calls, some undone, and tells what each saw. */
export async function appendAndRead(
  store: ConsensusStore,
  { seed, caller, transactions, operations }: Workload,
): Promise<readonly Transaction[]> {
  const next = random(seed)
  const upTo = (count: number) => Math.floor(next() * count)
  const done: Transaction[] = []

  for (let i = 0; i < transactions; i++) {
    const id = `${caller}.${i}`
    const list = () => `list ${Math.floor(i / GENERATION) * LISTS + upTo(LISTS)}`
    const bare = next() < 0.35
    const undone = !bare && next() < 0.1
    const plan = Array.from({ length: bare ? 1 : 1 + upTo(operations) }, () => ({
      key: list(),
      appends: next() < 0.5,
      pause: upTo(3),
    }))
    // Now and then others get far ahead, or what is read late would never be missed.
    await (next() < 0.2 ? sleep(upTo(10)) : pause(upTo(3)))

    const began = now()
    let attempts = 0
    let told: Operation[] = []
    const work = async (tx: Nouns) => {
      if (attempts > 0)
        done.push({ id: `${id}/${attempts}`, operations: told, outcome: 'aborted', began, ended: now() })
      const attempt = ++attempts
      const operations: Operation[] = []
      told = operations
      for (const [at, { key, appends, pause: ticks }] of plan.entries()) {
        if (appends) {
          const append = `${id}.${at}${attempt > 1 ? `/${attempt}` : ''}`
          // Told first: what fails on the way may have been appended all the same.
          operations.push({ append, key })
          await tx.artifacts.add({ runId: key, id: append, agentName: caller, content: null })
        } else {
          operations.push({ read: await readList(tx, key), key })
        }
        if (!bare) await pause(ticks)
      }
      if (undone) throw new Undone()
    }
    const outcome = await (bare ? work(store) : store.transaction(work)).then(
      () => 'committed' as const,
      outcomeOf,
    )
    done.push({ id, operations: told, outcome, began, ended: now() })
  }
  return done
}

/** What was appended to a list, in the order of its run's log. */
export async function readList({ events }: Pick<Nouns, 'events'>, runId: string): Promise<readonly string[]> {
  const log = await events.read(runId, { limit: 1_000 })
  return log.flatMap((event) => (event.type === 'artifact.added' ? [event.data.artifactId] : []))
}

function outcomeOf(error: unknown): Transaction['outcome'] {
  if (error instanceof Undone) return 'aborted'
  if (error instanceof StoreError && error.code === 'BUSY') return 'aborted'
  if (error instanceof StoreError && error.code === 'UNAVAILABLE') return 'unknown'
  throw error
}

class Undone extends Error {}

/** Turns of the event loop, in which others get on. */
async function pause(ticks: number): Promise<void> {
  for (let tick = 0; tick < ticks; tick++) await new Promise((resolve) => setImmediate(resolve))
}

/** The clock of the machine, which all its processes share. */
const now = () => Number(process.hrtime.bigint()) / 1e6
