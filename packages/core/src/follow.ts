import { setTimeout as sleep } from 'node:timers/promises'
import { options as checkOptions, timerMs } from './argument.ts'
import { type Copied, type CopyOptions, copying } from './copy.ts'
import { invalid, StoreError } from './error.ts'
import type { ConsensusStore, Nouns } from './store.ts'

/** How long to follow, and whom to tell of it. */
export interface FollowOptions extends CopyOptions {
  /** Ends the following in order when it is aborted: after one more pass, which copies what was written until then. */
  readonly until: AbortSignal
  /** Milliseconds between looks at the source's log while nothing is heard of, by default 1000. */
  readonly everyMs?: number | undefined
  /** Is told once everything that was there is copied, and again whenever more was. */
  readonly caughtUp?: ((copied: Copied) => void) | undefined
  /** Is told of a store that could not be had, before it is tried again. */
  readonly troubled?: ((error: StoreError) => void) | undefined
}

/**
 * Copies every run, then keeps copying what changes until it is told to end. It follows the source's log, in which
 * nothing appears behind a position that was read, so that nothing is missed.
 */
export async function followStore(
  from: Pick<ConsensusStore, 'runs' | 'events' | 'arrival'>,
  to: Pick<Nouns, 'runs' | 'events'>,
  options: FollowOptions,
): Promise<Copied> {
  const { until, everyMs = 1_000, caughtUp, troubled, ...rest } = checkOptions(options, 'options')
  if (!(until instanceof AbortSignal)) throw invalid('until', 'must be an AbortSignal')
  const withinMs = timerMs(everyMs, 'everyMs', 1)
  const copy = copying(from, to, rest)
  const stop = AbortSignal.any([until, ...(rest.signal ? [rest.signal] : [])])

  let position: number | undefined
  while (!stop.aborted) {
    const couldBeHad = await outlasted(async () => {
      await copy.pass()
      const copied = copy.result()
      if (copied.position !== position) caughtUp?.(copied)
      position = copied.position
      if (!stop.aborted) await from.arrival(position, { withinMs, signal: stop })
    }, troubled)
    if (!couldBeHad) await sleep(withinMs, undefined, { signal: stop }).catch(() => undefined)
  }
  // What was acknowledged before the end is copied, or the caller is told that it is not.
  await copy.pass()
  return copy.result()
}

/** False when a store could not be had. The position stays where it was, and nothing that was written is lost. */
async function outlasted(work: () => Promise<void>, troubled: FollowOptions['troubled']): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (!(error instanceof StoreError) || !error.retryable) throw error
    troubled?.(error)
    return false
  }
}
