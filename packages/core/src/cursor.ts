import { count, MAX_LIMIT, name, optionalName, options } from './argument.ts'
import { DEFAULT_LIMIT } from './page.ts'

/** How far somebody who follows the log is. */
export interface Cursor {
  readonly name: string
  /** Of the last event that was dealt with. */
  readonly position: number
  /** When it last went forward. */
  readonly savedAt: Date
}

/** Which cursors to list. */
export interface CursorQuery {
  /** The last name already seen. */
  readonly after?: string | undefined
  /** 1–1000, by default 50. */
  readonly limit?: number | undefined
}

/** The position of a cursor, checked. INVALID names the argument. */
export const cursorPosition = (position: number): number => count(position, 'position')

/** Checked; `after` is less than any name when there is none. */
export function cursorQuery(query: CursorQuery = {}) {
  const { after, limit = DEFAULT_LIMIT } = options(query, 'query')
  return { after: optionalName(after, 'after') ?? '', limit: count(limit, 'limit', 1, MAX_LIMIT) }
}

/** Whether saving `position` changes anything: a cursor goes forward only. */
export const advances = (kept: Cursor | undefined, position: number): boolean =>
  kept === undefined || kept.position < position

/** The name of a cursor, checked. INVALID names the argument. */
export const cursorName = (value: string): string => name(value, 'name')
