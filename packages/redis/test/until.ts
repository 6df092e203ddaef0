import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when `condition` is true; rejects when that takes a minute. */
export async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come about`)
    await sleep(2)
  }
}
