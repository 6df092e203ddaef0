import type { Prepared, Trial } from './trial.ts'

/** How long and how often to time. */
export interface Pace {
  /** Rounds that are not counted, to warm up. */
  readonly warmups: number
  readonly rounds: number
  /** Milliseconds one variant works in each round; it runs once at least. */
  readonly sliceMs: number
  /** Milliseconds since whenever. */
  readonly clock: () => number
  /** Called before each slice, so that no variant pays for the garbage of another. */
  readonly collect?: (() => void) | undefined
}

/** Operations per second of one variant, round by round. */
export type Rates = readonly number[]

/**
 * Times all variants of a trial in one process, a slice of each in every round. The order turns by one from round to
 * round, so that what drifts, or favours who comes first, meets all of them alike.
 */
export async function measure(trial: Trial, pace: Pace): Promise<ReadonlyMap<string, Rates>> {
  const { operations = 1, variants } = trial
  const contestants: Contestant[] = []
  try {
    for (const [name, prepare] of Object.entries(variants)) {
      contestants.push({ name, prepared: await prepare(), batch: 1, rates: [] })
    }
    for (let round = 0; round < pace.warmups + pace.rounds; round++) {
      for (const contestant of turned(contestants, round)) {
        pace.collect?.()
        const runsPerMs = await slice(contestant, pace)
        if (round >= pace.warmups) contestant.rates.push(runsPerMs * operations * 1_000)
      }
    }
    return new Map(contestants.map(({ name, rates }) => [name, rates]))
  } finally {
    for (const { prepared } of contestants) await prepared.close?.()
  }
}

interface Contestant {
  readonly name: string
  readonly prepared: Prepared
  readonly rates: number[]
  /** Runs between two looks at the clock. */
  batch: number
}

/** The same items, beginning `by` places later. */
function turned<T>(items: readonly T[], by: number): readonly T[] {
  const first = by % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}

/** Runs until the slice is filled, in batches that grow until looking at the clock costs nothing. */
async function slice(contestant: Contestant, { sliceMs, clock }: Pace): Promise<number> {
  const { run, restock } = contestant.prepared
  let runs = 0
  let elapsed = 0
  do {
    const { batch } = contestant
    await restock?.(batch)
    const began = clock()
    for (let i = 0; i < batch; i++) await run()
    const ms = clock() - began
    runs += batch
    elapsed += ms
    if (ms < sliceMs / 16) contestant.batch *= 2
  } while (elapsed < sliceMs)
  return runs / elapsed
}
