import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Bulk } from '@consensus-store/sql'
import { runSteps } from './connection.ts'
import { checkpoint, PAGES_BEFORE_CHECKPOINT } from './log.ts'
import type { Writer } from './writer.ts'

/** Everybody else who writes waits for a piece, in this process and in others. */
const PIECE_MS = 8

/**
 * Writes pieces whose commits do not copy the log into the file, as others would once it is long: that takes longer than the
 * piece, and the lock is held meanwhile. It is done between the pieces, when anybody may write.
 */
export const bulk = (writer: Writer): Bulk => ({
  pieceMs: PIECE_MS,

  async write(steps) {
    let startedAt = 0
    const rows = await writer.exclusively(async (connection) => {
      startedAt = performance.now()
      connection.database.pragma('wal_autocheckpoint = 0')
      return runSteps(connection, steps)
    })
    return { rows: rows as never, heldMs: performance.now() - startedAt }
  },

  async pause() {
    await writer.undisturbed(({ database }) => {
      database.pragma(`wal_autocheckpoint = ${PAGES_BEFORE_CHECKPOINT}`)
      checkpoint(database)
    })
    await nextTurn()
  },
})
