import type { Env } from '@consensus-store/core'

/** A clock that stands still until it is told to move, and ids that can be told apart at a glance. */
export interface Clock extends Env {
  set(at: Date): void
  advance(ms: number): void
}

/** A clock at an instant, by default in January 2026. */
export function aClock(start = new Date('2026-01-05T09:00:00.000Z')): Clock {
  let now = start.getTime()
  let ids = 0
  return {
    now: () => new Date(now),
    newId: () => `id-${String(++ids).padStart(6, '0')}`,
    set: (at) => {
      now = at.getTime()
    },
    advance: (ms) => {
      now += ms
    },
  }
}
