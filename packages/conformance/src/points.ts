import type { Event, Point } from '@consensus-store/core'

/** The log of each run. */
export const logsOf = (events: readonly Event[]) => Map.groupBy(events, ({ runId }) => runId)

/** Every instant at which something happened, and those beside it. */
export const instantsAround = (log: readonly Event[]): readonly Date[] =>
  [...new Set(log.flatMap(({ at }) => [-1, 0, 1].map((ms) => at.getTime() + ms)))].map((ms) => new Date(ms))

/** How many events lie before the first one that came after a point. */
export function countUpTo(log: readonly Event[], point: Point): number {
  const later = log.findIndex(({ sequence, at }) => (point instanceof Date ? at > point : sequence > point))
  return later < 0 ? log.length : later
}
