import { differingMembers, differingRows, missing, type RowDifference, unreadable } from './difference.ts'
import { StoreError } from './error.ts'
import { type Event, isEventType, knownPartOf, unknownMembers } from './event.ts'
import { fold, type History } from './history.ts'
import type { KeptEvent, KeptRow, KeptRun } from './inspection.ts'
import { brokenSeal } from './seal.ts'
import { bodiesToldBy, type ToldBody } from './told-body.ts'

/** What can be said of a run without its bodies. */
export interface Examined {
  /** What its log tells; `undefined` when it cannot be folded. */
  readonly history: History | undefined
  /** Whether this version knows all that the log says. */
  readonly understood: boolean
  readonly differences: readonly RowDifference[]
  /** What must be found where; of a log that cannot be folded, as far as it can be read. */
  readonly bodies: readonly PlacedBody[]
}

/** A body that an event tells of, and where it must be. */
export interface PlacedBody extends ToldBody {
  /** The position of the event that brought it. */
  readonly position: number
}

/** What differs in a run but for its bodies, and what its log tells. */
export function examine(runId: string, kept: KeptRun): Examined {
  const log = examineLog(kept.events)
  const { history, broken } = foldIfWhole(runId, kept.events, log)
  const bodies = placedBodies(kept.events, log)
  return {
    history,
    understood: log.every(({ known }) => known),
    bodies,
    differences: [
      ...log.flatMap(({ differences }) => differences),
      ...broken,
      ...brokenSeal(kept.events.map(({ event }) => event)),
      ...(kept.run || kept.events.length === 0 ? [] : [missing('run')]),
      ...differingArchive(kept),
      ...(history ? againstHistory(kept, history, bodies) : unreadableRows(kept)),
      ...untoldBodies(kept, bodies, log),
    ],
  }
}

/** What is not archived has no archive, and what says it is has one. */
function differingArchive({ run, archive }: KeptRun): readonly RowDifference[] {
  if (archive)
    return [{ subject: 'archive', what: 'untold', message: 'is there, although the run is not archived' }]
  return run?.row?.archivedAt ? [missing('archive')] : []
}

interface ExaminedEvent {
  readonly position: number
  /** The event as the fold may take it. */
  readonly event: Event | undefined
  /** Whether this version knows all it says. */
  readonly known: boolean
  readonly differences: readonly RowDifference[]
}

function examineLog(events: readonly KeptEvent[]): readonly ExaminedEvent[] {
  return events.map((kept, i) => {
    const { sequence, position } = kept
    const before = events[i - 1]
    const subject = `event ${sequence}`
    const read = readEvent(kept)
    return {
      position,
      ...read,
      differences: [
        ...gap((before?.sequence ?? 0) + 1, sequence),
        ...(before && before.position >= position
          ? [disordered(subject, `has a position that is not behind that of event ${before.sequence}`)]
          : []),
        ...(read.problem ? [{ subject, ...read.problem }] : []),
      ],
    }
  })
}

const disordered = (subject: string, message: string): RowDifference => ({
  subject,
  what: 'disordered',
  message,
})

function gap(expected: number, sequence: number): readonly RowDifference[] {
  if (sequence <= expected) return []
  const last = sequence - 1
  return [missing(expected === last ? `event ${last}` : `events ${expected} to ${last}`)]
}

type Problem = Pick<RowDifference, 'what' | 'message'>

function readEvent({ event }: KeptEvent): Pick<ExaminedEvent, 'event' | 'known'> & { problem?: Problem } {
  const nothing = { event: undefined, known: false }
  if (!event) return { ...nothing, problem: { what: 'unreadable', message: 'cannot be read' } }
  if (!isEventType(event.type)) {
    const message = `is of the type ${event.type}, which this version does not know`
    return { ...nothing, problem: { what: 'unknown', message } }
  }
  try {
    const more = unknownMembers(event.data, knownPartOf(event, 'event').data)
    if (more.length === 0) return { event, known: true }
    const message = `says what this version does not know: ${more.join(', ')}`
    return { event, known: false, problem: { what: 'unknown', message } }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return { ...nothing, problem: { what: 'unreadable', message: `is no ${event.type}: ${error.message}` } }
  }
}

/** The log must be there from its first event on, and every event readable; what it tells may still be impossible. */
function foldIfWhole(
  runId: string,
  kept: readonly KeptEvent[],
  log: readonly ExaminedEvent[],
): { history: History | undefined; broken: readonly RowDifference[] } {
  const events = log.flatMap(({ event }) => event ?? [])
  const whole =
    kept.length > 0 && events.length === kept.length && kept.every(({ sequence }, i) => sequence === i + 1)
  if (!whole) return { history: undefined, broken: [] }
  try {
    return { history: fold(runId, events), broken: [] }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const broken: RowDifference = { subject: 'log', what: 'broken', message: error.message }
    return { history: undefined, broken: [broken] }
  }
}

const placedBodies = (kept: readonly KeptEvent[], log: readonly ExaminedEvent[]): readonly PlacedBody[] => {
  const positions = new Map(kept.map(({ sequence, position }) => [sequence, position]))
  const told = bodiesToldBy(log.flatMap(({ event }) => event ?? []))
  return told.map((body) => ({ ...body, position: positions.get(body.sequence)! }))
}

function againstHistory(
  kept: KeptRun,
  history: History,
  bodies: readonly PlacedBody[],
): readonly RowDifference[] {
  const { run, executions, artifacts, syntheses } = kept
  const runDiffers = run?.row ? differingMembers('run', run.row, history.run) : [unreadable('run')]
  return [
    ...(run ? runDiffers : []),
    ...differingRows('execution', executions, history.executions),
    ...displaced('execution', executions, history.executions, bodies),
    ...differingRows('artifact', artifacts, history.artifacts),
    ...displaced('artifact', artifacts, history.artifacts, bodies),
    ...differingRows('synthesis', syntheses, history.syntheses),
    ...displaced('synthesis', syntheses, history.syntheses, bodies),
  ]
}

/** Rows that look for their body elsewhere than with the event that brought it. */
function displaced(
  noun: ToldBody['noun'],
  rows: readonly KeptRow<object>[],
  told: ReadonlyMap<string, object>,
  bodies: readonly PlacedBody[],
): readonly RowDifference[] {
  const positions = new Map(
    bodies.filter((body) => isBeside(body) && body.noun === noun).map(({ id, position }) => [id, position]),
  )
  return rows.flatMap(({ id, bodyAt }): RowDifference[] => {
    const position = positions.get(id)
    if (!told.has(id) || position === bodyAt) return []
    const message = `looks for its body ${at(bodyAt)}, where the log says ${at(position)}`
    return [{ subject: `${noun} ${id}`, what: 'differs', member: 'position', message }]
  })
}

const at = (position: number | undefined) => (position === undefined ? 'nowhere' : `at ${position}`)

/** Whether a body is kept beside its row, at the position of its event; metadata are within. */
export const isBeside = ({ member }: ToldBody): boolean => member !== 'metadata'

/** Without a history there is nothing to compare rows with. Where there is no log at all, no event tells of them. */
function unreadableRows({
  run,
  executions,
  artifacts,
  syntheses,
  events,
}: KeptRun): readonly RowDifference[] {
  const rows = [
    ...(run ? [{ subject: 'run', row: run.row }] : []),
    ...executions.map(({ id, row }) => ({ subject: `execution ${id}`, row })),
    ...artifacts.map(({ id, row }) => ({ subject: `artifact ${id}`, row })),
    ...syntheses.map(({ id, row }) => ({ subject: `synthesis ${id}`, row })),
  ]
  return rows.flatMap(({ subject, row }): RowDifference[] => {
    if (events.length === 0)
      return [{ subject, what: 'untold', message: 'is in no event, for there is no log' }]
    return row ? [] : [unreadable(subject)]
  })
}

/** What an event that is not understood may have brought is told, for all we know. */
function untoldBodies(
  kept: KeptRun,
  bodies: readonly PlacedBody[],
  log: readonly ExaminedEvent[],
): readonly RowDifference[] {
  const told = new Set([
    ...bodies.filter(isBeside).map(({ position }) => position),
    ...log.filter(({ known }) => !known).map(({ position }) => position),
  ])
  return kept.bodies.filter((position) => !told.has(position)).map(untoldBody)
}

/** That no event tells of a body. */
export const untoldBody = (position: number): RowDifference => ({
  subject: `body ${position}`,
  what: 'untold',
  message: 'is in no event of any log',
})
