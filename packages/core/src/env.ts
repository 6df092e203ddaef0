import { v7 } from 'uuid'

/** The two things a store may not decide for itself: what time it is, and what is unique. */
export interface Env {
  now(): Date
  /** Ids that sort by the time they were made keep index inserts at the end of the tree. */
  newId(): string
}

/** The clock of the system, and ids that sort by time (UUID v7). */
export const systemEnv: Env = {
  now: () => new Date(),
  newId: () => v7(),
}

/** A copy, so that a clock which hands out the same Date again cannot change what was stored. */
export const now = (env: Env): Date => new Date(env.now())
