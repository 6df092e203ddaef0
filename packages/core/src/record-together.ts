/** A run on its way to a store. */
export interface Recordable {
  /** Whether the store has a part of it already. */
  readonly isThere: boolean
}

/**
 * Records runs at once, so that they share commits: first those that are new, because one that is there already would
 * have all it travels with written one by one.
 */
export async function recordTogether<R extends Recordable>(
  runs: readonly R[],
  record: (run: R) => Promise<void>,
): Promise<void> {
  for (const isThere of [false, true]) {
    await allOf(runs.filter((run) => run.isThere === isThere).map(record))
  }
}

/** Waits for all, also when one fails: none goes on behind the caller's back. Rejects as the first in order that failed. */
export async function allOf(done: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(done))
    if (outcome.status === 'rejected') throw outcome.reason
}
