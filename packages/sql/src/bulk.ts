import type { Steps } from './claim.ts'
import type { RowsOf, Session } from './context.ts'

/** How a backend writes much, piece by piece, so that whoever else writes waits for little of it. */
export interface Bulk {
  /** Milliseconds one piece should hold others up. */
  readonly pieceMs: number
  /** As `write` of a session, in a transaction that nobody shares; tells how long it held others up. */
  write<const S extends Steps>(steps: S): Promise<{ readonly rows: RowsOf<S>; readonly heldMs: number }>
  /** Between two pieces: sees to what they left to be done, and lets those who wait go first. */
  pause(): Promise<void>
}

/** Where a transaction keeps only those waiting who write to the same runs. */
export const plainBulk = (write: Session['write']): Bulk => ({
  pieceMs: 20,
  async write(steps) {
    const startedAt = performance.now()
    const rows = await write(steps)
    return { rows, heldMs: performance.now() - startedAt }
  },
  pause: async () => {},
})
