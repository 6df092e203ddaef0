import type { HeldRun } from '@consensus-store/core'

export interface Piece {
  readonly runs: readonly HeldRun[]
  /** How many milliseconds it took, from which the size of the next one follows. */
  took(ms: number): void
}

/** Rows of a run besides those of its events and bodies, and bytes of a body that cost as much as a row. */
const ROWS_OF_A_RUN = 6
const BYTES_OF_A_ROW = 2_048
/** To begin with, before anything was measured. */
const FIRST_ROWS = 200

/** Cuts runs, each of them whole, into pieces that should take so many milliseconds each. A piece has one run at least. */
export function pieces(pieceMs: number): (runs: readonly HeldRun[]) => Generator<Piece> {
  let most = FIRST_ROWS

  return function* (runs) {
    for (let begin = 0; begin < runs.length; ) {
      let rows = rowsOf(runs[begin]!)
      let end = begin + 1
      while (end < runs.length && rows + rowsOf(runs[end]!) <= most) {
        rows += rowsOf(runs[end]!)
        end += 1
      }
      yield {
        runs: runs.slice(begin, end),
        took(ms) {
          // Slower than expected counts at once, faster little by little: one quick piece says nothing of the next.
          const fitting = (rows * pieceMs) / Math.max(ms, 0.1)
          most = Math.max(1, fitting < most ? fitting : Math.min(fitting, most * 1.25))
        },
      }
      begin = end
    }
  }
}

/** What deleting a run costs, in rows. */
const rowsOf = ({ lastSequence, bytes }: HeldRun): number =>
  ROWS_OF_A_RUN + 2 * lastSequence + Math.ceil(bytes / BYTES_OF_A_ROW)
