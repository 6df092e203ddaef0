import { setImmediate } from 'node:timers/promises'
import { MAX_LIMIT } from './argument.ts'
import { digest } from './body.ts'
import { type Bundle, stringifyBundle } from './bundle.ts'
import { StoreError } from './error.ts'
import { continuesLog, type LogEntry } from './event.ts'
import { byWeight, logOf } from './log.ts'
import { newestFirst, type Position } from './page.ts'
import { runPosition } from './run.ts'
import type { Nouns } from './store.ts'

/**
 * How `to` stands to `from` in one run. It is `missing` in `to`, or `extra` there; `behind` when it has only the beginning,
 * `ahead` when it has gone on from there; `other` when the two tell it otherwise; `unreadable` when one cannot tell it.
 */
export type HowRunsDiffer = 'missing' | 'extra' | 'behind' | 'ahead' | 'other' | 'unreadable'

/** A run that is not the same in both stores. */
export interface RunDifference {
  readonly runId: string
  readonly how: HowRunsDiffer
}

/** What comparing two stores came to. */
export interface Comparison {
  /** Runs of either store. */
  readonly runs: number
  /** Events of the runs in `from`. */
  readonly events: number
  readonly differing: readonly RunDifference[]
}

/** What to compare, and whom to tell of it. */
export interface CompareOptions {
  /** Only these runs, by default those of both stores. */
  readonly runIds?: Iterable<string> | undefined
  readonly signal?: AbortSignal | undefined
  /** Is told how many more runs were compared. */
  readonly progress?: ((runs: number) => void) | undefined
}

type Compared = Pick<Nouns, 'runs' | 'events'>

/** Runs read together, from each side. */
const RUNS_TOGETHER = 32

/**
 * Reads every run from both stores, whole, and compares digests of their lines. A run that goes on meanwhile may be
 * named although it is copied a moment later.
 */
export async function compareStores(
  from: Compared,
  to: Compared,
  { runIds, signal, progress }: CompareOptions = {},
): Promise<Comparison> {
  const found = { runs: 0, events: 0 }
  const differing = new Map<string, HowRunsDiffer>()

  async function compare(runId: string): Promise<void> {
    const [source, copy] = await Promise.all([read(from, runId), read(to, runId)])
    // A run that began at two times is met twice.
    if ((!source && !copy) || differing.has(runId)) return
    found.runs += 1
    found.events += source?.bundle?.events.length ?? 0
    const how = difference(source, copy)
    if (how) differing.set(runId, how)
  }

  for await (const ids of together(runIds ?? idsOfBoth(from, to), RUNS_TOGETHER)) {
    const logs = await Promise.all(ids.map(async (runId) => ({ runId, log: await legibleLog(from, runId) })))
    for (const group of byWeight(logs)) await Promise.all(group.map(({ runId }) => compare(runId)))
    progress?.(ids.length)
    await setImmediate()
    signal?.throwIfAborted()
  }
  return { ...found, differing: [...differing].map(([runId, how]) => ({ runId, how })) }
}

/** A run as one store has it; without a bundle when it cannot be read. */
interface Side {
  readonly bundle: Bundle | undefined
}

/** For its weight: what cannot be read is named when it is compared. */
async function legibleLog(store: Compared, runId: string): Promise<readonly LogEntry[]> {
  try {
    return await logOf(store, runId)
  } catch (error) {
    if (error instanceof StoreError && error.code === 'CORRUPT') return []
    throw error
  }
}

async function read({ runs }: Compared, runId: string): Promise<Side | undefined> {
  try {
    const bundle = await runs.bundle(runId)
    return bundle && { bundle }
  } catch (error) {
    if (error instanceof StoreError && error.code === 'CORRUPT') return { bundle: undefined }
    throw error
  }
}

function difference(from: Side | undefined, to: Side | undefined): HowRunsDiffer | undefined {
  if (!to) return 'missing'
  if (!from) return 'extra'
  if (!from.bundle || !to.bundle) return 'unreadable'
  if (digest(stringifyBundle(from.bundle)) === digest(stringifyBundle(to.bundle))) return undefined
  const [source, copy] = [from.bundle.events, to.bundle.events]
  if (source.length > copy.length && continuesLog(source, copy)) return 'behind'
  if (copy.length > source.length && continuesLog(copy, source)) return 'ahead'
  return 'other'
}

/** The runs of two stores, each once: both list them in the same order, so neither has to be held. */
async function* idsOfBoth(from: Compared, to: Compared): AsyncGenerator<string> {
  const [left, right] = [positions(from), positions(to)]
  let [a, b] = [await left.next(), await right.next()]
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : newestFirst(a.value, b.value)
    yield (order <= 0 ? a : b).value!.id
    if (order <= 0) a = await left.next()
    if (order >= 0) b = await right.next()
  }
}

async function* positions({ runs }: Compared): AsyncGenerator<Position, undefined> {
  let cursor: string | undefined
  do {
    const page = await runs.list({ limit: MAX_LIMIT, cursor })
    for (const run of page.items) yield runPosition(run)
    cursor = page.next
  } while (cursor)
}

async function* together<T>(items: AsyncIterable<T> | Iterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = []
  for await (const item of items) {
    group.push(item)
    if (group.length < size) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}
