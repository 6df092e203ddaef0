import { count, instant, MAX_LIMIT, options } from './argument.ts'
import { type ArtifactAdded, checkArtifactAdded } from './artifact.ts'
import {
  checkExecutionCompleted,
  checkExecutionFailed,
  type ExecutionCompleted,
  type ExecutionFailed,
} from './ending.ts'
import { invalid } from './error.ts'
import {
  checkExecutionSpawned,
  checkOfExecution,
  type ExecutionSpawned,
  type OfExecution,
} from './execution.ts'
import { DEFAULT_LIMIT } from './page.ts'
import { checkRunConcluded, checkRunStarted, type RunConcluded, type RunStarted } from './run.ts'
import { checkSynthesisAdded, type SynthesisAdded } from './synthesis.ts'

/** What each type of event says. Bodies are only referred to: ids, sizes and digests, never the text. */
export interface EventData {
  'run.started': RunStarted
  'run.concluded': RunConcluded
  'run.abandoned': Nothing
  'run.pinned': Nothing
  'run.unpinned': Nothing
  'execution.spawned': ExecutionSpawned
  'execution.started': OfExecution
  'execution.completed': ExecutionCompleted
  'execution.failed': ExecutionFailed
  'execution.cancelled': OfExecution
  'execution.timed-out': OfExecution
  'artifact.added': ArtifactAdded
  'synthesis.added': SynthesisAdded
}

/** What can happen. */
export type EventType = keyof EventData
/** The data of an event whose type says it all. */
export type Nothing = Readonly<Record<string, never>>

interface EntryOf<T extends EventType> {
  /** 1 for the first event of a run, then up by one without gaps. */
  readonly sequence: number
  readonly type: T
  readonly at: Date
  readonly data: EventData[T]
}

/** One line of one run's log. This is what travels in a bundle. */
export type LogEntry = { [T in EventType]: EntryOf<T> }[EventType]

/** A line of the log as one store keeps it. */
export type Event = LogEntry & {
  readonly runId: string
  /** Grows along the whole store's log, over all runs, with gaps. It is the store's own and does not travel. */
  readonly position: number
}

/** Something that is about to happen, not yet numbered. */
export type Draft = { [T in EventType]: Omit<EntryOf<T>, 'sequence'> }[EventType]

/** `after` is a sequence for `read` and a position for `readAll`: the last event already seen. */
export interface EventQuery {
  readonly after?: number | undefined
  /** 1–1000, by default 50. */
  readonly limit?: number | undefined
}

/** Checks a query for events. INVALID names the argument. */
export function eventQuery(query: EventQuery = {}) {
  const { after = 0, limit = DEFAULT_LIMIT } = options(query, 'query')
  return { after: count(after, 'after'), limit: count(limit, 'limit', 1, MAX_LIMIT) }
}

/**
 * Checks an event that was not made here, and brings its data into the form it would have had if it was.
 * INVALID when the type or a member is unknown, because it would be dropped, or a member is not what the type asks for.
 */
export function checkLogEntry(entry: LogEntry, path: string): LogEntry {
  const known = knownPartOf(entry, path)
  const [member] = unknownMembers(entry.data, known.data)
  if (member !== undefined) throw invalid(`${path}.data.${member}`, 'is not known to this version')
  return known
}

/** What this version knows of an event, in the form it would have had if it was made here. INVALID as for `checkLogEntry`. */
export function knownPartOf({ sequence, type, at, data }: LogEntry, path: string): LogEntry {
  const check = isEventType(type) ? checks[type] : undefined
  if (!check) throw invalid(`${path}.type`, `is unknown: ${JSON.stringify(type)}`)
  return {
    sequence: count(sequence, `${path}.sequence`, 1),
    type,
    at: instant(at, `${path}.at`),
    data: check(options(data as never, `${path}.data`), `${path}.data`),
  } as LogEntry
}

/** The members of an event's data, and of what is in them, that are not in what is known of it. */
export function unknownMembers(data: object, known: object): readonly string[] {
  return Object.entries(data).flatMap(([member, value]) => {
    if (value === undefined) return []
    if (!Object.hasOwn(known, member)) return [member]
    const within = known[member as never] as unknown
    if (!isObject(value) || !isObject(within)) return []
    return unknownMembers(value, within).map((path) => `${member}.${path}`)
  })
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Whether this version knows what such an event says. */
export const isEventType = (type: string): type is EventType => Object.hasOwn(checks, type)

/** Whether a log tells what `beginning` tells, event by event, and perhaps more. A log continues itself. */
export const continuesLog = (log: readonly LogEntry[], beginning: readonly LogEntry[]): boolean =>
  log.length >= beginning.length && beginning.every((entry, i) => sameEntry(entry, log[i]!))

const sameEntry = (a: LogEntry, b: LogEntry) =>
  a.type === b.type && a.at.getTime() === b.at.getTime() && JSON.stringify(a.data) === JSON.stringify(b.data)

const nothing = (): Nothing => ({})

const checks: { readonly [T in EventType]: (data: EventData[T], path: string) => EventData[T] } = {
  'run.started': checkRunStarted,
  'run.concluded': checkRunConcluded,
  'run.abandoned': nothing,
  'run.pinned': nothing,
  'run.unpinned': nothing,
  'execution.spawned': checkExecutionSpawned,
  'execution.started': checkOfExecution,
  'execution.completed': checkExecutionCompleted,
  'execution.failed': checkExecutionFailed,
  'execution.cancelled': checkOfExecution,
  'execution.timed-out': checkOfExecution,
  'artifact.added': checkArtifactAdded,
  'synthesis.added': checkSynthesisAdded,
}
