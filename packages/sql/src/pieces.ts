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
const FIRST_ROWS = 400
/** How much the last piece counts, and how many times slower than those before it may count at most. */
const WEIGHT = 0.25
const MOST_SLOWER = 4
/** How much larger than the last a piece may be. */
const MOST_GROWTH = 1.5

/** Cuts runs, each of them whole, into pieces that should take so many milliseconds each. A piece has one run at least. */
export function pieces(pieceMs: number): (runs: readonly HeldRun[]) => Generator<Piece> {
  let most = FIRST_ROWS
  let msPerRow: number | undefined

  /** One slow piece says little of the next: the disk or the processor may have been busy with something else. */
  function learn(rows: number, ms: number): void {
    const measured = Math.max(ms, 0.05) / rows
    const known = msPerRow ?? measured
    msPerRow = known + WEIGHT * (Math.min(measured, known * MOST_SLOWER) - known)
    most = Math.max(1, Math.min(pieceMs / msPerRow, most * MOST_GROWTH))
  }

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
        took: (ms) => learn(rows, ms),
      }
      begin = end
    }
  }
}

/** What deleting a run costs, in rows. */
const rowsOf = ({ lastSequence, bytes }: HeldRun): number =>
  ROWS_OF_A_RUN + 2 * lastSequence + Math.ceil(bytes / BYTES_OF_A_ROW)
