import type { Env } from '@consensus-store/core'

const MINUTE_MS = 60_000

/** A clock that is set by hand, so that a history of hours plays in no time. */
export interface DemoClock extends Env {
  setMinutesAgo(minutes: number): void
  /** Moves on, and never beyond the present. */
  pass(minutes: number): void
}

export function demoClock(world: Env): DemoClock {
  const present = world.now().getTime()
  let at = present
  return {
    now: () => new Date(at),
    newId: () => world.newId(),
    setMinutesAgo(minutes) {
      at = present - minutes * MINUTE_MS
    },
    pass(minutes) {
      at = Math.min(present, at + minutes * MINUTE_MS)
    },
  }
}
