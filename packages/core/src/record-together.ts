/** A run on its way to a store. */
export interface Recordable {
  /** Whether the store has a part of it already. */
  readonly isThere: boolean
}

/**
 * Records runs at once, so that they share commits: first those that are new, because one that is there already would
 * have all it travels with written one by one. Waits for all, also when one fails: none goes on behind the caller's back.
 */
export async function recordTogether<R extends Recordable>(
  runs: readonly R[],
  record: (run: R) => Promise<void>,
): Promise<void> {
  for (const isThere of [false, true]) {
    const outcomes = await Promise.allSettled(runs.filter((run) => run.isThere === isThere).map(record))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }
}
