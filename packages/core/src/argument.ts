import { invalid } from './error.ts'

/** Characters in an id or a name, as JavaScript counts them. */
export const MAX_NAME_LENGTH = 255
/** Characters in a line of prose kept inside a row: an agreement, a conflict, a failure's message. */
export const MAX_TEXT_LENGTH = 65_536
/** Lines in a list kept inside a row, and labels on a run. */
export const MAX_LIST_LENGTH = 1_000
/** Ids one call may ask for, and items one page may hold. */
export const MAX_LIMIT = 1_000

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/
/** What nearly every id is made of, so that one look is enough. */
const plain = /^[ -~]+$/

/** The path of an argument: by itself, or as the member of another. */
export const at = (member: string, path: string | undefined): string => (path ? `${path}.${member}` : member)

/** An id or a name: 1–255 characters, none of them a control character or half of a surrogate pair. */
export function name(value: unknown, argument: string, max = MAX_NAME_LENGTH): string {
  if (typeof value !== 'string') throw invalid(argument, `must be a string, not ${kindOf(value)}`)
  if (value.length === 0) throw invalid(argument, 'must not be empty')
  if (value.length > max) throw invalid(argument, `must be at most ${max} characters, not ${value.length}`)
  if (plain.test(value)) return value
  if (controlCharacter.test(value)) throw invalid(argument, 'must not contain control characters')
  if (!value.isWellFormed()) throw invalid(argument, 'must not contain half of a surrogate pair')
  return value
}

/** An id or a name, if there is one. */
export const optionalName = (value: unknown, argument: string, max?: number): string | undefined =>
  value === undefined ? undefined : name(value, argument, max)

/** Up to 1000 ids or names. */
export const names = (value: unknown, argument: string): readonly string[] =>
  list(value, argument).map((item, i) => name(item, `${argument}[${i}]`))

/** Prose: any string up to a length. */
export function text(value: unknown, argument: string, max = MAX_TEXT_LENGTH): string {
  if (typeof value !== 'string') throw invalid(argument, `must be a string, not ${kindOf(value)}`)
  if (value.length > max) throw invalid(argument, `must be at most ${max} characters, not ${value.length}`)
  return value
}

/** Up to 1000 lines of prose. */
export const texts = (value: unknown, argument: string): readonly string[] =>
  list(value, argument).map((item, i) => text(item, `${argument}[${i}]`))

function list(value: unknown, argument: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(argument, `must be an array, not ${kindOf(value)}`)
  if (value.length > MAX_LIST_LENGTH) {
    throw invalid(argument, `must have at most ${MAX_LIST_LENGTH} items, not ${value.length}`)
  }
  // A hole would be passed over by `map`; here it becomes an `undefined` that is refused by name.
  return Array.from(value)
}

/** One of a few words. */
export function oneOf<T extends string>(value: unknown, allowed: readonly T[], argument: string): T {
  if (!allowed.includes(value as T)) {
    const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : kindOf(value)
    throw invalid(argument, `must be one of ${allowed.join(', ')}, not ${shown}`)
  }
  return value as T
}

/** True or false. */
export function flag(value: unknown, argument: string): boolean {
  if (typeof value !== 'boolean') throw invalid(argument, `must be true or false, not ${kindOf(value)}`)
  return value
}

/** A copy of a date, which the caller may go on to change. */
export function instant(value: unknown, argument: string): Date {
  if (!(value instanceof Date)) throw invalid(argument, `must be a Date, not ${kindOf(value)}`)
  if (Number.isNaN(value.getTime())) throw invalid(argument, 'must be a valid Date')
  return new Date(value)
}

/** A whole number from `min` to `max`. */
export function count(
  value: unknown,
  argument: string,
  min = 0,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number') throw invalid(argument, `must be a number, not ${kindOf(value)}`)
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw invalid(argument, `must be a whole number from ${min} to ${max}, not ${value}`)
  }
  return value
}

/** The longest a timer can be set for. */
const MAX_TIMER_MS = 2_147_483_647

/** Milliseconds for which a timer can be set. */
export const timerMs = (value: unknown, argument: string, min = 0): number =>
  count(value, argument, min, MAX_TIMER_MS)

/** A path as the file system takes one. */
export function filePath(value: unknown, argument: string): string {
  if (typeof value !== 'string' || value === '' || value.includes('\0'))
    throw invalid(argument, 'must be the path of a file')
  return value
}

/** A function, if there is one. */
export function optionalFunction<F>(value: F, argument: string): F {
  if (value !== undefined && typeof value !== 'function') throw invalid(argument, 'must be a function')
  return value
}

/** An `AbortSignal`, if there is one. */
export function optionalSignal(value: unknown, argument: string): AbortSignal | undefined {
  if (value !== undefined && !(value instanceof AbortSignal))
    throw invalid(argument, 'must be an AbortSignal')
  return value
}

/** That nothing is left of an object but what is known. What is not may be misspelt, or meant for somewhere else. */
export function nothingElse(rest: object, path: string): void {
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) throw invalid(at(unknown, path), 'is not known here')
}

/** The object a caller passed its arguments in. */
export function options<T extends object>(value: T, argument: string): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(argument, `must be an object, not ${kindOf(value)}`)
  }
  return value
}

/** A flat map of strings, in the order of its keys, so that equal labels are equal however they were written. */
export function labels(value: unknown, argument: string): Readonly<Record<string, string>> {
  const given = Object.entries(options(value as object, argument))
  if (given.length > MAX_LIST_LENGTH) throw invalid(argument, `must have at most ${MAX_LIST_LENGTH} labels`)
  const checked = given.map(([key, label]): [string, string] => [
    name(key, `the key ${JSON.stringify(key.slice(0, 40))} of ${argument}`),
    text(label, `${argument}.${key}`),
  ])
  return Object.fromEntries(checked.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  return value === undefined ? 'undefined' : `a ${typeof value}`
}
