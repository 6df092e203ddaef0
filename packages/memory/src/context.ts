import {
  type Env,
  newestFirst,
  type Page,
  type PageRequest,
  type Position,
  page,
} from '@consensus-store/core'
import type { State } from './state.ts'

/** What every noun is given: inside a transaction the same as outside, over another state. */
export interface MemoryContext {
  readonly env: Env
  /** The state as it is now, with nothing in it that is not committed. */
  read(): State
  /** The last position ever taken by what is committed. */
  position(): number
  /** Makes a change once no transaction is open. It decides before it changes anything, so it cannot half fail. */
  write<T>(change: (state: State) => T): Promise<T>
}

/** The page a request asks for, of rows that already match its filters. */
export function pageOf<T>(
  rows: readonly T[],
  request: PageRequest,
  positionOf: (row: T) => Position,
): Page<T> {
  const { after, limit } = request
  const following = rows
    .filter((row) => !after || newestFirst(after, positionOf(row)) < 0)
    .sort((a, b) => newestFirst(positionOf(a), positionOf(b)))
  return page(following.slice(0, limit + 1), request, positionOf)
}

/** Whether a row has every value asked for; `undefined` asks for nothing. */
export const matches = <T extends object>(
  row: T,
  wanted: { readonly [F in keyof T]?: T[F] | undefined },
): boolean =>
  Object.entries(wanted).every(([field, value]) => value === undefined || row[field as keyof T] === value)
