import { aClock } from '../clock.ts'
import { disposables } from '../disposables.ts'
import { type Action, perform } from './action.ts'
import type { Contestant } from './contestant.ts'
import { type Outcome, sameOutcome } from './outcome.ts'
import type { Step } from './step.ts'
import { unfold } from './unfold.ts'

/** Where stores differ: what was done to all of them, the last of it with other outcomes. */
export interface Divergence {
  readonly actions: readonly Action[]
  readonly outcomes: readonly (readonly [Contestant, Outcome])[]
}

/**
 * Plays a history on new stores, action by action, and then reads everything; gives the first divergence. What a step
 * refers to is looked up in the first store, so that all are asked the same.
 */
export async function play(
  steps: readonly Step[],
  contestants: readonly Contestant[],
): Promise<Divergence | undefined> {
  await using opened = disposables()
  const players: ((action: Action) => Promise<Outcome>)[] = []
  for (const { open } of contestants) {
    const clock = aClock()
    const store = opened.use(await open(clock))
    players.push((action) => perform(action, store, clock))
  }

  const actions: Action[] = []
  const unfolding = unfold(steps)
  let next = unfolding.next()
  while (!next.done) {
    const action = next.value
    actions.push(action)
    const outcomes = await Promise.all(players.map((player) => player(action)))
    if (!outcomes.every((outcome) => sameOutcome(outcome, outcomes[0]!))) {
      return { actions, outcomes: contestants.map((contestant, i) => [contestant, outcomes[i]!]) }
    }
    next = unfolding.next(outcomes[0]!)
  }
  return undefined
}
