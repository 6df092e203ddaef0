import type { Env } from '@consensus-store/core'

/** The world of a check that is made before anything has a place or a time. */
export const unplaced: Env = { now: () => new Date(0), newId: () => 'unplaced' }
