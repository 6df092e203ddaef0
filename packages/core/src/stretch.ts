import { continuesLog, type Event } from './event.ts'
import type { Nouns } from './store.ts'

/** Where a log can be read, also when its run is archived; without `runs`, archives are not looked into. */
export type LogSource = Pick<Nouns, 'events'> & Partial<Pick<Nouns, 'runs'>>

/** Events of one run that follow each other, and whether others may follow them. */
export interface Stretch {
  readonly events: readonly Event[]
  readonly goesOn: boolean
}

const END: Stretch = { events: [], goesOn: false }

interface StretchQuery {
  /** The sequence of the last event already seen. */
  readonly after?: number
  readonly limit: number
}

/** A run may be archived after its events were looked for and put back before its row is, or the other way round; seldom twice. */
const LOOKS = 10

/**
 * The events of a run behind a sequence, wherever the run is; none if there is no such run. Those out of an archive come all at
 * once, and are in the log of no store by now: their position is 0.
 */
export async function firstStretch(
  source: LogSource,
  runId: string,
  { after = 0, limit }: StretchQuery,
): Promise<Stretch> {
  for (let i = 0; i < LOOKS; i++) {
    const events = await source.events.read(runId, { after, limit })
    if (events.length > 0) return { events, goesOn: events.length === limit }
    const run = await source.runs?.get(runId)
    if (run?.archivedAt) return { events: (await bundled(source, runId)).slice(after), goesOn: false }
    if (!run || run.lastSequence <= after) return END
  }
  return END
}

/**
 * What follows events that were read, no more than `limit` with the last of these, wherever the run is by now. `undefined` when
 * it was deleted, or tells other events in their place, as one does that took its id.
 */
export async function nextStretch(
  source: LogSource,
  runId: string,
  read: readonly Event[],
  limit: number,
): Promise<Stretch | undefined> {
  let seen = read
  for (let i = 0; i < LOOKS; i++) {
    const [first, last] = [seen[0]!, seen.at(-1)!]
    const events = await behind(source, runId, last, limit)
    if (events) return { events, goesOn: events.length === limit - 1 }
    const run = await source.runs?.get(runId)
    if (!run) return undefined
    const after = first.sequence - 1
    const again = run.archivedAt
      ? (await bundled(source, runId)).slice(after)
      : await source.events.read(runId, { after, limit: seen.length })
    const isGoneAgain = again.length === 0
    if (isGoneAgain) continue
    if (!continuesLog(again, seen)) return undefined
    if (run.archivedAt) return { events: again.slice(seen.length), goesOn: false }
    // It was put back, at other positions.
    seen = again
  }
  return undefined
}

/**
 * What follows an event that is known: with it, no more than `limit`. `undefined` when it is missing, because the run was
 * deleted or archived, or is another of that id by now.
 */
export async function behind(
  { events }: Pick<Nouns, 'events'>,
  runId: string,
  { sequence, position }: Pick<Event, 'sequence' | 'position'>,
  limit: number,
): Promise<readonly Event[] | undefined> {
  const [again, ...rest] = await events.read(runId, { after: sequence - 1, limit })
  return again?.position === position ? rest : undefined
}

const bundled = async ({ runs }: LogSource, runId: string): Promise<readonly Event[]> =>
  ((await runs?.bundle(runId))?.events ?? []).map((entry) => ({ runId, position: 0, ...entry }))
