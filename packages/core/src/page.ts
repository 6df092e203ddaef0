import { count, MAX_LIMIT, optionalName } from './argument.ts'
import { invalid } from './error.ts'

/** Which page of a list to give. */
export interface PageQuery {
  /** 1–1000, by default 50. */
  readonly limit?: number | undefined
  /** `next` of the page before, asked with the same filters. */
  readonly cursor?: string | undefined
}

/** Some items of a list, and how to get those that follow. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Hand back as `cursor` for the next page; `undefined` on the last. */
  readonly next: string | undefined
}

/** Items on a page when a query does not say how many. */
export const DEFAULT_LIMIT = 50

/** Where a page ended. It carries the key itself, so the row it names may be gone by the next request. */
export interface Position {
  readonly at: Date
  readonly id: string
}

/** A checked request for a page: `list` names what is listed and how it is filtered. */
export interface PageRequest {
  readonly list: string
  readonly limit: number
  readonly after: Position | undefined
}

/** Filters are part of the list's name, so a cursor from another list or another question is refused. */
export function pageRequest(noun: string, filters: object, { limit, cursor }: PageQuery): PageRequest {
  const list = `${noun}?${JSON.stringify(filters)}`
  return {
    list,
    limit: pageLimit(limit),
    after: cursor === undefined ? undefined : decodeCursor(cursor, list),
  }
}

const pageLimit = (limit: unknown): number =>
  limit === undefined ? DEFAULT_LIMIT : count(limit, 'limit', 1, MAX_LIMIT)

/** Cuts a page from up to `limit + 1` items, so that knowing there is more costs no second query. */
export function page<T>(
  items: readonly T[],
  { list, limit }: PageRequest,
  positionOf: (item: T) => Position,
): Page<T> {
  if (items.length <= limit) return { items, next: undefined }
  const kept = items.slice(0, limit)
  return { items: kept, next: encodeCursor(list, positionOf(kept.at(-1)!)) }
}

/** Newest first; of the same millisecond, the greater id first. */
export const newestFirst = (a: Position, b: Position): number =>
  b.at.getTime() - a.at.getTime() || compareText(b.id, a.id)

/**
 * The order databases give text: by code point. JavaScript's own order differs, because it
 * puts the surrogates of characters above U+FFFF before U+E000.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return surrogatesLast(x) - surrogatesLast(y)
  }
  return a.length - b.length
}

const surrogatesLast = (unit: number) => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)

const encodeCursor = (list: string, { at, id }: Position) =>
  Buffer.from(JSON.stringify([list, at.getTime(), id])).toString('base64url')

function decodeCursor(cursor: unknown, list: string): Position {
  const [of, ms, id] = parsed(cursor)
  if (of !== list) throw invalid('cursor', 'is not one this list gave for these filters')
  const at = new Date(typeof ms === 'number' ? ms : Number.NaN)
  if (Number.isNaN(at.getTime()) || optionalName(id, 'cursor') === undefined) throw notACursor()
  return { at, id: id as string }
}

function parsed(cursor: unknown): readonly unknown[] {
  if (typeof cursor !== 'string') throw notACursor()
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(value) && value.length === 3) return value
  } catch {
    // Not JSON, so not a cursor of ours: the same refusal as below.
  }
  throw notACursor()
}

const notACursor = () => invalid('cursor', 'is not one a list gave')
