import type { Rates } from './measure.ts'
import { median, spread } from './statistics.ts'
import type { Goal, Trial } from './trial.ts'

/** How one variant did against another. */
export interface Result {
  readonly trial: string
  readonly variant: string
  /** Median of the rounds. */
  readonly opsPerSecond: number
  /** Median, over the rounds, of this variant's rate divided by the baseline's in the same round. */
  readonly ratio: number
  readonly baseline: string
  readonly rounds: number
  /** Interquartile range of the rounds' ratios. */
  readonly spread: number
  readonly goal?: Pick<Goal, 'atLeast' | 'aim'>
  readonly reached?: Reached
}

/** Which of the two ratios was reached. */
export type Reached = 'aim' | 'at least' | 'no'

/** A result for every variant against the baseline, and one more for every goal against another variant. */
export function resultsOf(trial: Trial, rates: ReadonlyMap<string, Rates>): readonly Result[] {
  const { baseline, goals = [] } = trial
  const compare = (variant: string, against: string, goal?: Goal): Result => {
    const own = ratesOf(trial, rates, variant)
    const others = ratesOf(trial, rates, against)
    const ratios = own.map((rate, round) => rate / others[round]!)
    const ratio = median(ratios)
    return {
      trial: trial.title,
      variant,
      opsPerSecond: median(own),
      ratio,
      baseline: against,
      rounds: own.length,
      spread: spread(ratios),
      ...(goal && { goal: { atLeast: goal.atLeast, aim: goal.aim }, reached: reached(ratio, goal) }),
    }
  }
  const direct = goals.filter(({ against = baseline }) => against === baseline)
  const others = goals.filter((goal) => !direct.includes(goal))
  return [
    ...[...rates.keys()].map((variant) =>
      compare(
        variant,
        baseline,
        direct.find((goal) => goal.variant === variant),
      ),
    ),
    ...others.map((goal) => compare(goal.variant, goal.against!, goal)),
  ]
}

function ratesOf({ title }: Trial, rates: ReadonlyMap<string, Rates>, variant: string): Rates {
  const found = rates.get(variant)
  if (!found) throw new Error(`${title} has no variant ${variant}`)
  return found
}

const reached = (ratio: number, { atLeast, aim }: Goal): Reached =>
  ratio >= aim ? 'aim' : ratio >= atLeast ? 'at least' : 'no'
