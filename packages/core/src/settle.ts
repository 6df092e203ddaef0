import { StoreError } from './error.ts'

/** A claim can fail on what has changed again by the time we look why; seldom, and not for long. */
const ATTEMPTS = 10

/**
 * Repeats a write until it is done, or turns out to be done already. `attempt` gives `undefined` when its claim
 * failed and what it then read would allow it.
 */
export async function settle<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < ATTEMPTS; i++) {
    const settled = await attempt()
    if (settled !== undefined) return settled
  }
  throw new StoreError('BUSY', `${what} kept changing while it was written`)
}
