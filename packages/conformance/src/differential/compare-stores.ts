import fc from 'fast-check'
import type { Contestant } from './contestant.ts'
import { firstDifference } from './first-difference.ts'
import { histories } from './histories.ts'
import { literal } from './literal.ts'
import { sameOutcome } from './outcome.ts'
import { type Divergence, play } from './play.ts'
import { programOf } from './program.ts'
import { shorten } from './shorten.ts'
import type { Step } from './step.ts'
import { unfold } from './unfold.ts'

/** Which histories to play. */
export interface Comparison {
  /** Histories to play, by default 100. */
  readonly runs?: number | undefined
  /** Generates the same histories again. By default others each time. */
  readonly seed?: number | undefined
  /** Where among these histories one was found, to play it alone. */
  readonly path?: string | undefined
  /** Steps a history has at most, by default 40. */
  readonly maxSteps?: number | undefined
}

/** Stores did not do the same. The message ends in a program that shows it. */
export class StoresDiffer extends Error {
  override readonly name = 'StoresDiffer'
  readonly program: string

  constructor(found: string, divergence: Divergence) {
    const program = programOf(divergence)
    super(`${found}\n${outcomesIn(divergence)}\n\n${program}`)
    this.program = program
  }
}

/**
 * Generates histories of calls and plays each on all stores, which must give the same results, the same errors and the same
 * log. Rejects with StoresDiffer when they do not, with the shortest history that shows it.
 */
export async function compareStores(
  contestants: readonly Contestant[],
  { runs = 100, seed, path, maxSteps = 40 }: Comparison = {},
): Promise<void> {
  let last: Divergence | undefined
  const property = fc.asyncProperty(histories(maxSteps), async (steps) => {
    const divergence = await play(unfold(steps), contestants)
    if (divergence) last = divergence
    return divergence === undefined
  })
  const parameters: fc.Parameters<[readonly Step[]]> = {
    numRuns: runs,
    // Bias is for numbers; here it only makes histories short.
    unbiased: true,
    ...(seed !== undefined && { seed }),
    ...(path !== undefined && { path }),
  }
  const result = await fc.check(property, parameters)
  if (!result.failed) return
  const found = `Seed ${result.seed}, path ${literal(result.counterexamplePath)}, after ${result.numShrinks} shrinks`
  // Shrinking goes on only from what still differs, so the last divergence is that of the shortest history.
  if (last) throw new StoresDiffer(found, await shorten(last, contestants))
  throw new Error(`${found}: the stores could not be compared`, { cause: result.errorInstance })
}

function outcomesIn({ outcomes }: Divergence): string {
  const [[, reference]] = outcomes as [Divergence['outcomes'][number]]
  return outcomes
    .map(([{ name }, outcome]) => {
      const other =
        outcome === reference ? outcomes.find(([, it]) => !sameOutcome(it, reference))![1] : reference
      const difference = firstDifference(outcome, other)
      return `  ${name}: ${difference ? `${difference.path} is ${literal(difference.value)}` : 'the same'}`
    })
    .join('\n')
}
