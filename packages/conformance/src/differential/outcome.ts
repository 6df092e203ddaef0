import { isDeepStrictEqual } from 'node:util'
import { StoreError } from '@consensus-store/core'
import { literal } from './literal.ts'

/** What came of a call: a value, or an error. Errors are the same when their codes and messages are. */
export type Outcome = { readonly value: unknown } | { readonly error: string; readonly message: string }

/** Never rejects. */
export async function outcomeOf(call: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: asPromised(await call()) }
  } catch (error) {
    if (error instanceof StoreError) return { error: error.code, message: error.message }
    return { error: 'no StoreError', message: String(error) }
  }
}

/** The same values of the same kinds, members that are undefined and the order of keys included. */
export const sameOutcome = (a: Outcome, b: Outcome): boolean =>
  isDeepStrictEqual(a, b) && literal(a) === literal(b)

/** Of what is each store's own, only what is promised: positions grow, and a map has no order. */
function asPromised(value: unknown): unknown {
  if (value instanceof Map) return new Map([...value].sort(([a], [b]) => (a < b ? -1 : 1)))
  if (!Array.isArray(value) || !value.every(hasPosition)) return value
  const ascending = value.every(({ position }, i) => i === 0 || position > value[i - 1]!.position)
  if (!ascending) return { notInTheOrderOfTheirPositions: value }
  return value.map(({ position: _, ...event }) => event)
}

/** Cursors have positions too, which are the caller’s. */
const hasPosition = (item: unknown): item is { readonly position: number } =>
  typeof item === 'object' && item !== null && 'position' in item && 'sequence' in item
