import { setTimeout as sleep } from 'node:timers/promises'

export interface Patience {
  /** Whether trying again may help. */
  retries(error: unknown): boolean
  /** Milliseconds during which to try again. */
  readonly forMs: number
}

const LONGEST_PAUSE_MS = 500

/** Tries again, with growing and jittered pauses, while `retries` says so and time is left. */
export async function retrying<T>({ retries, forMs }: Patience, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + forMs
  for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await attempt()
    } catch (error) {
      if (!retries(error) || performance.now() + pause > deadline) throw error
    }
    await sleep(pause * (0.5 + Math.random()))
  }
}
