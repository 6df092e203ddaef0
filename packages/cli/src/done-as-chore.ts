import { asChore, type ChoreName, type ChoreOptions, type ConsensusStore } from '@consensus-store/core'
import type { Context } from './command.ts'

/**
 * Does a verb's work as the chore that upkeep would do, so that health knows of it. From now on the verb ends in order when it is
 * interrupted: else nobody else could do the chore for a while.
 */
export function doneAsChore<T>(
  { io, takeInterruptions, remark, quote }: Context,
  store: ConsensusStore,
  chore: ChoreName,
  work: () => Promise<T>,
  options: Pick<ChoreOptions<T>, 'result' | 'facts'>,
): Promise<T> {
  takeInterruptions()
  return asChore(store, chore, work, {
    ...options,
    signal: io.signal,
    env: io.clock,
    onError: (error) =>
      remark(`warning: health will not know of this ${chore}: ${quote((error as Error).message)}`),
  })
}
