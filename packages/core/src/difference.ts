import type { BodyRef } from './body.ts'

/**
 * What is wrong with a thing that is stored. It `differs` from what the log tells; the log tells of it and it is `missing`,
 * or no event tells of it and it is `untold`; it is `unreadable`: no version of this code would have written it. Of events
 * besides: this version does not know all they say (`unknown`), their positions do not follow their sequences
 * (`disordered`), or they tell what cannot have happened (`broken`).
 */
export type Wrong = 'differs' | 'missing' | 'untold' | 'unreadable' | 'unknown' | 'disordered' | 'broken'

/** Something of a run that is not what its log tells. */
export interface RowDifference {
  /** The thing, as in `run`, `execution a1`, `event 7`, `log`, or `body 12` by its position. */
  readonly subject: string
  readonly what: Wrong
  /** Which of its members, where it is one: a field, or a body such as `content`. */
  readonly member?: string
  /** Goes on from the subject. */
  readonly message: string
}

/** A row as it was found. */
export interface FoundRow<Row> {
  readonly id: string
  /** `undefined` when it cannot be read. */
  readonly row: Row | undefined
}

/** Where the rows of a noun are not those that the log tells. */
export function differingRows<Row extends object>(
  noun: string,
  found: readonly FoundRow<Row>[],
  told: ReadonlyMap<string, Row>,
): readonly RowDifference[] {
  const differences: RowDifference[] = []
  const untold = new Map(told)
  for (const { id, row } of found) {
    const subject = `${noun} ${id}`
    const expected = untold.get(id)
    untold.delete(id)
    if (!expected) {
      const message = 'is in no event of the log, or is there twice'
      differences.push({ subject, what: 'untold', message })
    } else if (row) differences.push(...differingMembers(subject, row, expected))
    else differences.push(unreadable(subject))
  }
  for (const id of untold.keys()) differences.push(missing(`${noun} ${id}`))
  return differences
}

/** Which members of a row do not say what the log tells. */
export function differingMembers<Row extends object>(
  subject: string,
  row: Row,
  told: Row,
): readonly RowDifference[] {
  const members = Object.keys({ ...told, ...row }) as (keyof Row & string)[]
  return members
    .filter((member) => !same(row[member], told[member]))
    .map((member) => ({ subject, what: 'differs', member, message: `says another ${member} than the log` }))
}

/** A member is a plain value, a date, or a list or map of strings. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object') return false
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime()
  return JSON.stringify(a) === JSON.stringify(b)
}

/** How a body is not the one that the log tells of, if it is not. */
export function differingBody(
  subject: string,
  member: string,
  body: BodyRef | undefined,
  told: BodyRef,
): readonly RowDifference[] {
  if (!body) return [{ subject, what: 'missing', member, message: `has lost its ${member}` }]
  if (body.digest === told.digest && body.bytes === told.bytes) return []
  const message = `has a ${member} of ${measure(body)}, where the log says ${measure(told)}`
  return [{ subject, what: 'differs', member, message }]
}

const measure = ({ bytes, digest }: BodyRef) => `${bytes} bytes (${digest.slice(0, 12)}…)`

/** That the log tells of something which is not there. */
export const missing = (subject: string): RowDifference => ({
  subject,
  what: 'missing',
  message: 'is missing',
})

/** That something is there which no version of this code would have written. */
export const unreadable = (subject: string, message = 'cannot be read'): RowDifference => ({
  subject,
  what: 'unreadable',
  message,
})
