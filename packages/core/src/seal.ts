import { digest } from './body.ts'
import type { RowDifference } from './difference.ts'
import type { Draft, LogEntry } from './event.ts'
import type { Concluded } from './run.ts'

/** An event as it is sealed: of whatever type, and its conclusion with its seal or yet without. */
interface Sealable {
  readonly sequence: number
  readonly type: string
  readonly at: Date
  readonly data: object
}

/**
 * The seal of a log that has a conclusion: `sha256:` and the digest of its events up to that one, a line each, the conclusion
 * without the seal it carries. Bodies are in it by the digests that events tell; what came after the conclusion is not.
 */
export function sealOf(log: readonly Sealable[]): string {
  const end = log.findIndex(isConclusion)
  const lines = log.slice(0, end + 1).map(lineOf)
  return `sha256:${digest(lines.join('\n'))}`
}

/** The event that concludes a run which has this log. */
export function concluding(log: readonly LogEntry[], at: Date, concluded: Concluded): Draft {
  const type = 'run.concluded'
  const conclusion = { sequence: log.length + 1, type, at, data: concluded }
  return { type, at, data: { ...concluded, seal: sealOf([...log, conclusion]) } }
}

type Conclusion = Extract<LogEntry, { readonly type: 'run.concluded' }>
/** An event of a log that is yet to be sealed. */
export type UnsealedEntry = LogEntry | (Omit<Conclusion, 'data'> & { readonly data: Concluded })

/** A log that was made otherwise than by concluding a run, with its seal in place of whatever it had. */
export const sealed = (log: readonly UnsealedEntry[]): readonly LogEntry[] =>
  log.map((entry) =>
    entry.type === 'run.concluded' ? { ...entry, data: { ...entry.data, seal: sealOf(log) } } : entry,
  )

/** Whether a log that has a conclusion is no longer what was sealed. Of an event that cannot be read, there may be nothing. */
export function brokenSeal(log: readonly (LogEntry | undefined)[]): readonly RowDifference[] {
  const conclusion = log.find((entry) => entry?.type === 'run.concluded')
  if (!conclusion) return []
  const before = log.slice(0, log.indexOf(conclusion) + 1)
  const legible = before.filter((entry) => isObject(entry?.data)) as LogEntry[]
  if (legible.length === before.length && sealOf(legible) === conclusion.data.seal) return []
  const message = `is not what was sealed when the run was concluded at event ${conclusion.sequence}`
  return [{ subject: 'log', what: 'differs', member: 'seal', message }]
}

const isObject = (data: unknown) => typeof data === 'object' && data !== null

const isConclusion = ({ type }: Sealable) => type === 'run.concluded'

/** Databases write the same, so this is part of what every store has to agree on. */
function lineOf(entry: Sealable): string {
  const { sequence, type, at, data } = entry
  return `${sequence} ${type} ${at.getTime()} ${JSON.stringify(isConclusion(entry) ? unsealed(data) : data)}`
}

const unsealed = ({ seal: _, ...data }: { readonly seal?: string }): object => data
