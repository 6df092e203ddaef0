import { MAX_LIMIT } from './argument.ts'
import type { Event } from './event.ts'
import type { Run } from './run.ts'
import type { Nouns } from './store.ts'

/** What a copy needs of a store, whether it copies from there or to it. */
export type CopySide = Pick<Nouns, 'runs' | 'events'>

/** What a stretch of the log tells of one run. */
export interface Changed {
  readonly runId: string
  /** The position of its first event, if that is in it. */
  readonly begunAt: number | undefined
  /** The last event it tells. */
  readonly sequence: number
  /** Its row, when it is archived: the log tells nothing of it. */
  readonly archived?: Run
}

/** Where a run begins that the log does not tell of any more. */
export const ARCHIVED = 0

/** Runs looked at together, and so writes that travel together. */
const RUNS_TOGETHER = 64

/** The log behind a position, page by page up to its end. */
export async function* pages({ events }: CopySide, after: number): AsyncGenerator<readonly Event[]> {
  while (true) {
    const page = await events.readAll({ after, limit: MAX_LIMIT })
    if (page.length > 0) yield page
    if (page.length < MAX_LIMIT) return
    after = page.at(-1)!.position
  }
}

/** What a page of the log tells of runs, a few of them at a time. */
export function* changedRuns(events: readonly Event[]): Generator<readonly Changed[]> {
  const runs = new Map<string, Changed>()
  for (const { runId, sequence, position } of events) {
    const begunAt = sequence === 1 ? position : runs.get(runId)?.begunAt
    runs.set(runId, { runId, begunAt, sequence })
  }
  yield* chunks([...runs.values()])
}

/** As `changedRuns`. No event tells that a run was archived, so they are all looked at. */
export async function* archivedRuns({ runs }: CopySide): AsyncGenerator<readonly Changed[]> {
  let cursor: string | undefined
  do {
    const page = await runs.list({ archived: true, limit: MAX_LIMIT, cursor })
    for (const archived of chunks(page.items)) yield archived.map(changedByArchiving)
    cursor = page.next
  } while (cursor)
}

const changedByArchiving = (archived: Run): Changed => ({
  runId: archived.id,
  begunAt: ARCHIVED,
  sequence: archived.lastSequence,
  archived,
})

/**
 * Whether a store tells all of a run that is archived elsewhere, as its seal proves without unpacking anything: the event that
 * is its last one concludes it with that seal. If it is archived here too, rows have to do, although they say nothing of
 * what was told after the conclusion but how much.
 */
export async function isToldBy(
  { runs, events }: CopySide,
  { id, seal, lastSequence }: Run,
): Promise<boolean> {
  if (!seal) return false
  const [last] = await events.read(id, { after: lastSequence - 1, limit: 1 })
  if (last) return last.type === 'run.concluded' && last.data.seal === seal
  const run = await runs.get(id)
  return run?.archivedAt !== undefined && run.seal === seal && run.lastSequence === lastSequence
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += RUNS_TOGETHER) yield items.slice(i, i + RUNS_TOGETHER)
}
