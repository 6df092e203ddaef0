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

/** What one transaction is to do. */
interface Plan {
  readonly id: string
  readonly steps: readonly { readonly key: string; readonly appends: boolean; readonly ticks: number }[]
  /** A single call, in no transaction. */
  readonly bare: boolean
  readonly undone: boolean
}

/** Runs transactions of random appends and reads, some of them single calls, some undone, and tells what each saw. */
export async function appendAndRead(
  store: ConsensusStore,
  { seed, caller, transactions, operations }: Workload,
): Promise<readonly Transaction[]> {
  const next = random(seed)
  const upTo = (count: number) => Math.floor(next() * count)

  function plan(i: number): Plan {
    const bare = next() < 0.35
    const generation = Math.floor(i / GENERATION) * LISTS
    const step = () => ({ key: `list ${generation + upTo(LISTS)}`, appends: next() < 0.5, ticks: upTo(3) })
    return {
      id: `${caller}.${i}`,
      bare,
      undone: !bare && next() < 0.1,
      steps: Array.from({ length: bare ? 1 : 1 + upTo(operations) }, step),
    }
  }

  const done: Transaction[] = []
  for (let i = 0; i < transactions; i++) {
    // Now and then others get far ahead, or what is read late would never be missed.
    await (next() < 0.2 ? sleep(upTo(10)) : pause(upTo(3)))
    done.push(...(await carryOut(store, caller, plan(i))))
  }
  return done
}

/** Gives every attempt at a transaction; all but the last were undone by the store. */
async function carryOut(
  store: ConsensusStore,
  agentName: string,
  { id, steps, bare, undone }: Plan,
): Promise<readonly Transaction[]> {
  const began = now()
  const attempts: Operation[][] = []
  const work = async (tx: Nouns) => {
    const operations: Operation[] = []
    const attempt = attempts.push(operations)
    for (const [at, { key, appends, ticks }] of steps.entries()) {
      if (appends) {
        const append = `${id}.${at}${attempt > 1 ? `/${attempt}` : ''}`
        // Told first: what fails on the way may have been appended all the same.
        operations.push({ append, key })
        await tx.artifacts.add({ runId: key, id: append, agentName, content: null })
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
  const ended = now()
  return attempts.map((operations, i) => {
    const last = i === attempts.length - 1
    return {
      id: last ? id : `${id}/${i + 1}`,
      operations,
      outcome: last ? outcome : 'aborted',
      began,
      ended,
    }
  })
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
