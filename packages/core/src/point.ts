import { invalid } from './error.ts'
import type { LogEntry } from './event.ts'

/** A point in a run's log: after the event with this sequence, or as of an instant. */
export type Point = number | Date

/** Whether an event lies at a point or before it. INVALID, naming the argument, when it is none. */
export function upTo(
  point: Point,
  argument: string,
  first: number,
): (event: Pick<LogEntry, 'sequence' | 'at'>) => boolean {
  if (point instanceof Date) {
    const ms = point.getTime()
    if (Number.isNaN(ms)) throw invalid(argument, 'must be a valid Date')
    return ({ at }) => at.getTime() <= ms
  }
  if (typeof point !== 'number' || !(point >= first)) {
    throw invalid(argument, `must be a sequence from ${first} or a Date, not ${String(point)}`)
  }
  return ({ sequence }) => sequence <= point
}
