import type { Prepared, Trial } from './trial.ts'

/** How long and how often to time. */
export interface Pace {
  readonly rounds: number
  /** Milliseconds one variant works in each round. With 0 it runs once and nothing is warmed up. */
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
      contestants.push({ name, prepared: await prepare(), runs: 1, rates: [] })
    }
    for (const contestant of contestants) contestant.runs = await calibrate(contestant.prepared, pace)
    for (let round = 0; round < pace.rounds; round++) {
      for (const { prepared, runs, rates } of turned(contestants, round)) {
        const ms = await time(prepared, runs, pace)
        rates.push((runs * operations * 1_000) / ms)
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
  runs: number
}

/** The same items, beginning `by` places later. */
export function turned<T>(items: readonly T[], by: number): readonly T[] {
  const first = by % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}

/** The runs that fill a slice. Finding out also warms the variant up. */
async function calibrate(prepared: Prepared, pace: Pace): Promise<number> {
  if (pace.sliceMs === 0) return 1
  for (let runs = 1; ; runs *= 2) {
    const ms = await time(prepared, runs, pace)
    if (ms >= pace.sliceMs) return Math.max(1, Math.round((runs * pace.sliceMs) / ms))
  }
}

async function time({ run, restock }: Prepared, runs: number, { clock, collect }: Pace): Promise<number> {
  await restock?.(runs)
  collect?.()
  const began = clock()
  for (let i = 0; i < runs; i++) await run()
  return clock() - began
}
