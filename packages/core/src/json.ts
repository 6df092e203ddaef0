import { invalid } from './error.ts'

/** What JSON can hold, and so what comes back exactly as it was given, key order included. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Deeper than any real document; a cycle is deeper still. */
export const MAX_JSON_DEPTH = 1_000

/**
 * The text of `value`. INVALID, naming the member, when JSON would lose or change any of it. Levels `around` what is to be kept do
 * not count.
 */
export function encodeJson(value: unknown, argument: string, around = 0): string {
  const seen = { negativeZero: false }
  const problem = inspect(value, -around, seen)
  if (problem) throw invalid(`${argument}${problem.path}`, problem.message)
  return seen.negativeZero ? stringify(value as Json) : JSON.stringify(value)
}

/** The value of a text that `encodeJson` gave. */
export const decodeJson = (text: string): Json => JSON.parse(text)

interface Problem {
  readonly path: string
  readonly message: string
}

function inspect(value: unknown, depth: number, seen: { negativeZero: boolean }): Problem | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined
    case 'number':
      if (value === 0 && Object.is(value, -0)) seen.negativeZero = true
      return Number.isFinite(value) ? undefined : { path: '', message: `is ${value}, which JSON cannot hold` }
    case 'object':
      if (value === null) return undefined
      if (depth === MAX_JSON_DEPTH) {
        return { path: '', message: `is in a cycle, or nested deeper than ${MAX_JSON_DEPTH} levels` }
      }
      return Array.isArray(value)
        ? inspectArray(value, depth + 1, seen)
        : inspectObject(value, depth + 1, seen)
    default:
      return {
        path: '',
        message: `is ${value === undefined ? 'undefined' : `a ${typeof value}`}, which JSON cannot hold`,
      }
  }
}

function inspectArray(array: readonly unknown[], depth: number, seen: { negativeZero: boolean }) {
  for (let i = 0; i < array.length; i++) {
    const problem = inspect(array[i], depth, seen)
    if (problem) return within(`[${i}]`, problem, depth)
  }
  return undefined
}

function inspectObject(object: object, depth: number, seen: { negativeZero: boolean }): Problem | undefined {
  const prototype = Object.getPrototypeOf(object)
  if (prototype !== Object.prototype && prototype !== null) {
    return {
      path: '',
      message: `is a ${prototype.constructor?.name ?? 'class instance'}, which JSON cannot hold`,
    }
  }
  if (Object.getOwnPropertySymbols(object).length > 0) {
    return { path: '', message: 'has a symbol for a key, which JSON cannot hold' }
  }
  for (const key of Object.keys(object)) {
    const problem = inspect((object as Record<string, unknown>)[key], depth, seen)
    if (problem) return within(`.${key}`, problem, depth)
  }
  return undefined
}

/** A path through a cycle would be a thousand steps long; the outermost twenty say where to look. */
const within = (step: string, { path, message }: Problem, depth: number): Problem => ({
  path: depth > 20 ? '…' : step + path,
  message,
})

/** `JSON.stringify` for values that hold -0, which it would write as 0 although JSON has a way to say it. */
function stringify(value: Json): string {
  if (Object.is(value, -0)) return '-0'
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(stringify).join(',')}]`
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${stringify(member)}`)
  return `{${members.join(',')}}`
}
