import { hash } from 'node:crypto'
import { count, options } from './argument.ts'
import { invalid } from './error.ts'
import { encodeJson } from './json.ts'

/** Bytes of UTF-8 a body may have. JSON is measured as its text without its outermost pair of quotes or brackets. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024

/** A text too large to be listed, kept beside its row and referred to by its digest. */
export interface Body extends BodyRef {
  readonly text: string
}

/** What an event says of a body: enough to know it by, and not the text. */
export interface BodyRef {
  /** Bytes of UTF-8; half of a surrogate pair counts as three. */
  readonly bytes: number
  /** SHA-256 in hexadecimal; see `digest`. */
  readonly digest: string
}

/** A body of any JavaScript string. */
export function textBody(value: unknown, argument: string): Body {
  if (typeof value !== 'string') throw invalid(argument, 'must be a string')
  return measured(value, argument, MAX_BODY_BYTES)
}

/** A body of JSON, as text. */
export const jsonBody = (value: unknown, argument: string): Body =>
  measured(encodeJson(value, argument), argument, MAX_BODY_BYTES + 2)

/** What an event says of this body. */
export const bodyRef = ({ bytes, digest }: BodyRef): BodyRef => ({ bytes, digest })

/** The same reference, checked. INVALID names the path. */
export function checkBodyRef(ref: BodyRef, argument: string): BodyRef {
  const { bytes, digest } = options(ref, argument)
  return { bytes: count(bytes, `${argument}.bytes`), digest: checkDigest(digest, `${argument}.digest`) }
}

/** The digest, checked. INVALID names the path. */
export function checkDigest(value: unknown, argument: string): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value
  throw invalid(argument, 'must be a SHA-256 in hexadecimal')
}

function measured(text: string, argument: string, max: number): Body {
  const bytes = Buffer.byteLength(text)
  if (bytes > max) throw invalid(argument, `must be at most ${max} bytes, not ${bytes}`)
  return { text, bytes, digest: digest(text) }
}

/**
 * SHA-256 of a string's UTF-8. A string that has none, because it holds half of a surrogate pair, is hashed as
 * UTF-16 behind a byte that UTF-8 never uses, so that no two strings share a digest by construction.
 */
export function digest(text: string): string {
  if (text.isWellFormed()) return hash('sha256', text)
  return hash('sha256', Buffer.concat([Buffer.of(0xff), Buffer.from(text, 'utf16le')]))
}
