import type { ArtifactFacts } from './artifact.ts'
import { invalid, notFound } from './error.ts'
import type { Event } from './event.ts'
import type { Execution } from './execution.ts'
import { fold, type History } from './history.ts'
import { type Point, upTo } from './point.ts'
import { readLog } from './read-log.ts'
import { checkSnapshotEvery, type SnapshotUse } from './replay.ts'
import type { Run } from './run.ts'
import { SNAPSHOT_EVERY } from './snapshot.ts'
import type { Nouns } from './store.ts'
import type { LogSource } from './stretch.ts'
import type { SynthesisFacts } from './synthesis.ts'

/** What became of one run from one point of its log to a later one. */
export interface RunDiff {
  /** What happened in between, oldest first. */
  readonly events: readonly Event[]
  /** The run at both points; `before` is `undefined` when it had not begun. */
  readonly run: Change<Run>
  /** Only what was added or changed, in the order in which it was added. */
  readonly executions: readonly Change<Execution>[]
  readonly artifacts: readonly ArtifactFacts[]
  readonly syntheses: readonly SynthesisFacts[]
}

/** One thing at both points. */
export interface Change<T> {
  readonly before: T | undefined
  readonly after: T
  /** The members that are not what they were; all of them where there was nothing before. */
  readonly members: readonly (keyof T & string)[]
}

/**
 * What changed in a run after `from`, up to `to`. 0, or an instant before it began, is before everything; a sequence beyond
 * its end is its end. NOT_FOUND if there is no such run or it had not begun by `to`; INVALID when `from` lies behind `to`.
 */
export async function diff(
  store: LogSource & Pick<Nouns, 'snapshots'>,
  runId: string,
  from: Point,
  to: Point = Number.POSITIVE_INFINITY,
  { snapshotEvery = SNAPSHOT_EVERY }: SnapshotUse = {},
): Promise<RunDiff> {
  const isBefore = upTo(from, 'from', 0)
  const isWithin = upTo(to, 'to', 1)
  const every = checkSnapshotEvery(snapshotEvery)
  const log = await readLog(store, runId, {
    isWithin,
    snapshotTo: from,
    snapshotEvery: from === 0 ? 'never' : every,
  })
  const { base, next } = log
  // Clocks may go back: what follows an event that came later came later too.
  const first = log.events.findIndex((event) => !isBefore(event))
  const earlier = first < 0 ? log.events : log.events.slice(0, first)
  const events = first < 0 ? [] : log.events.slice(first)
  if (events.length === 0 && next && isBefore(next)) throw invalid('from', 'must not lie behind to')
  if (!base && log.events.length === 0) throw notFound('run', runId)
  const before = base || earlier.length > 0 ? fold(runId, earlier, base?.history) : undefined
  const after = fold(runId, events, before)
  return { events, ...changes(before, after) }
}

function changes(before: History | undefined, after: History): Omit<RunDiff, 'events'> {
  const executions = [...after.executions.values()].map((execution) =>
    change(before?.executions.get(execution.agentId), execution),
  )
  return {
    run: change(before?.run, after.run),
    executions: executions.filter(({ members }) => members.length > 0),
    artifacts: [...after.artifacts.values()].filter(({ id }) => !before?.artifacts.has(id)),
    syntheses: [...after.syntheses.values()].filter(({ id }) => !before?.syntheses.has(id)),
  }
}

function change<T extends object>(before: T | undefined, after: T): Change<T> {
  const names = Object.keys(after) as (keyof T & string)[]
  return { before, after, members: names.filter((name) => !before || !same(before[name], after[name])) }
}

/** Of members of records: text, numbers, dates, and small lists and maps of them. */
const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)
