import { setTimeout as sleep } from 'node:timers/promises'
import { isBusy } from './errors.ts'

/**
 * Milliseconds between two tries, at most. A try takes microseconds, and who tries seldom meets the others' turns again and
 * again where these follow each other closely.
 */
const LONGEST_PAUSE_MS = 8

/**
 * Tries `attempt` until the database is not busy, or for `timeoutMs`. SQLite's own timeout would block the event
 * loop while it waits; this does not.
 */
export async function whenFree<T>(attempt: () => T, timeoutMs: number): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (let pause = 1; ; pause = longer(pause)) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error
    }
    await rest(pause)
  }
}

/** The same for what says that it was busy: false when it was so for `timeoutMs`. */
export async function doneInTime(attempt: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  for (let pause = 1; !(await attempt()); pause = longer(pause)) {
    if (performance.now() >= deadline) return false
    await rest(pause)
  }
  return true
}

const longer = (pause: number) => Math.min(pause * 2, LONGEST_PAUSE_MS)

/** Jitter, so that processes that met once do not keep meeting. */
const rest = (pause: number) => sleep(pause * (0.5 + Math.random()))
