import type { Action } from './action.ts'
import type { Contestant } from './contestant.ts'
import { type Divergence, play } from './play.ts'

/** Leaves out every action without which stores still differ: what generated histories shrink to may look things up in vain. */
export async function shorten(found: Divergence, contestants: readonly Contestant[]): Promise<Divergence> {
  let shortest = found
  for (let at = found.actions.length - 2; at >= 0; at--) {
    if (at >= shortest.actions.length - 1) continue
    const without = await play(each(shortest.actions.toSpliced(at, 1)), contestants)
    if (without) shortest = without
  }
  return shortest.actions.length < found.actions.length ? shorten(shortest, contestants) : shortest
}

function* each(actions: readonly Action[]): Generator<Action, void> {
  yield* actions
}
