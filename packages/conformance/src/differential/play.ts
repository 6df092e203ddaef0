import { aClock } from '../clock.ts'
import { disposables } from '../disposables.ts'
import { type Action, perform } from './action.ts'
import type { Contestant } from './contestant.ts'
import { type Outcome, sameOutcome } from './outcome.ts'

/** Where stores differ: what was done to all of them, the last of it with other outcomes. */
export interface Divergence {
  readonly actions: readonly Action[]
  readonly outcomes: readonly (readonly [Contestant, Outcome])[]
}

/**
 * Does the same to new stores, action by action, and gives the first divergence. What the first store answers is told to
 * whoever says what comes next.
 */
export async function play(
  actions: Generator<Action, void, Outcome>,
  contestants: readonly Contestant[],
): Promise<Divergence | undefined> {
  await using opened = disposables()
  const players: ((action: Action) => Promise<Outcome>)[] = []
  for (const { open } of contestants) {
    const clock = aClock()
    const store = opened.use(await open(clock))
    players.push((action) => perform(action, store, clock))
  }

  const done: Action[] = []
  let next = actions.next()
  while (!next.done) {
    const action = next.value
    done.push(action)
    const outcomes = await Promise.all(players.map((player) => player(action)))
    if (!outcomes.every((outcome) => sameOutcome(outcome, outcomes[0]!))) {
      return { actions: done, outcomes: contestants.map((contestant, i) => [contestant, outcomes[i]!]) }
    }
    next = actions.next(outcomes[0]!)
  }
  return undefined
}
