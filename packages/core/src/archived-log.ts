import { continuesLog, type Event } from './event.ts'
import type { Nouns } from './store.ts'

/** Where a log can be read, also when its run is archived; without `runs`, archives are not looked into. */
export type LogSource = Pick<Nouns, 'events'> & Partial<Pick<Nouns, 'runs'>>

/**
 * What an archived run's log tells behind an event, or from its beginning; `undefined` if the run is not archived, or tells
 * another event in its place. These events are in the log of no store by now: their position is 0.
 */
export async function archivedBehind(
  { runs }: LogSource,
  runId: string,
  last?: Event,
): Promise<readonly Event[] | undefined> {
  if (!runs || !(await runs.get(runId))?.archivedAt) return undefined
  const log = (await runs.bundle(runId))?.events ?? []
  const told = last && log[last.sequence - 1]
  if (last && !(told && continuesLog([told], [last]))) return undefined
  return log.slice(last?.sequence ?? 0).map((entry) => ({ runId, position: 0, ...entry }))
}
