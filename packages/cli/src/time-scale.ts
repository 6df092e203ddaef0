/** Time laid out from left to right, in cells of a terminal. */
export interface TimeScale {
  readonly cells: number
  /** The cell in which an instant lies, from 0; the first or the last one for what lies outside. */
  cellOf(at: Date): number
  /** Round times of UTC, each written behind a bar in the cell in which it lies. */
  readonly axis: string
}

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** What may lie between two times of an axis, in milliseconds. */
const steps = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7, 14, 28, 91, 182, 365, 1_826, 3_652].map((days) => days * DAY_MS),
]

export function timeScale(from: Date, to: Date, cells: number): TimeScale {
  const start = from.getTime()
  const ms = Math.max(1, to.getTime() - start)
  const cellAt = (at: number) => Math.min(Math.max(Math.floor(((at - start) / ms) * cells), 0), cells - 1)
  return {
    cells,
    cellOf: (at) => cellAt(at.getTime()),
    axis: axis(start, ms, cells, cellAt),
  }
}

function axis(start: number, ms: number, cells: number, cellAt: (at: number) => number): string {
  const step = steps.find((each) => (each / ms) * cells >= label(start, each).length + 1)
  let line = ''
  if (step !== undefined) {
    for (let at = Math.ceil(start / step) * step; at <= start + ms; at += step) {
      const written = line.padEnd(cellAt(at)) + label(at, step)
      if (written.length <= cells) line = written
    }
  }
  // Where no round time has room, the first instant tells where in time this is.
  return (line || label(start, 1).slice(0, cells)).padEnd(cells)
}

/** A time as exact as what lies between it and the next; midnight is written as its day. */
function label(at: number, step: number): string {
  const iso = new Date(at).toISOString()
  const [day = '', time = ''] = iso.slice(0, -1).split('T')
  if (step >= DAY_MS) return `|${day}`
  if (step >= MINUTE_MS) return `|${at % DAY_MS === 0 ? day.slice(-5) : time.slice(0, 5)}`
  return `|${step >= SECOND_MS ? time.slice(0, 8) : time}`
}
