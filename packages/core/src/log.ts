import type { LogEntry } from './event.ts'
import { eventsOf } from './replay.ts'
import type { LogSource } from './stretch.ts'
import { bodiesToldBy } from './told-body.ts'

/** A run's whole log, as it travels; empty if there is no such run. Bodies are not read, unless it is archived. */
export async function logOf(store: LogSource, runId: string): Promise<readonly LogEntry[]> {
  const log: LogEntry[] = []
  for await (const { runId: _, position: __, ...entry } of eventsOf(store, runId)) log.push(entry)
  return log
}

/** Bytes of all bodies that a log refers to. */
export const bodyBytes = (log: readonly LogEntry[]): number =>
  bodiesToldBy(log).reduce((bytes, { ref }) => bytes + ref.bytes, 0)

/** What is read together weighs no more than this, unless it is one run. */
const MOST_BYTES = 8 * 1024 * 1024

/** Runs in their order, in groups small enough to have all bodies of one in memory. */
export function byWeight<T extends { readonly log: readonly LogEntry[] }>(runs: readonly T[]): T[][] {
  const groups: T[][] = []
  let left = 0
  for (const run of runs) {
    const bytes = bodyBytes(run.log)
    if (groups.length === 0 || bytes > left) {
      groups.push([])
      left = MOST_BYTES
    }
    groups.at(-1)!.push(run)
    left -= bytes
  }
  return groups
}
