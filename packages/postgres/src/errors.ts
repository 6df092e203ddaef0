import { StoreError, type StoreErrorCode } from '@consensus-store/core'
import { DatabaseError } from 'pg'

/** A connection that could not be made; `cause` is what the driver said. */
export class NoConnection extends StoreError {
  constructor(where: string, cause: unknown) {
    super('UNAVAILABLE', `Postgres at ${where} cannot be had: ${reasonOf(cause)}`, { cause })
  }
}

/** An error over several addresses has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** Codes by SQLSTATE, or the class of one, or what Node says of a socket; the longest match counts. */
const codes: Readonly<Record<string, StoreErrorCode>> = {
  '08': 'UNAVAILABLE', // connection exception
  '22': 'INVALID', // data exception
  '23': 'CONFLICT', // integrity constraint violation
  '25006': 'UNAVAILABLE', // read only sql transaction
  '25P02': 'CONFLICT', // in failed sql transaction
  '28': 'UNAVAILABLE', // invalid authorization
  '3D000': 'UNAVAILABLE', // no such database
  '3F000': 'SCHEMA', // no such schema
  '40': 'BUSY', // transaction rollback: serialization failure, deadlock
  '42501': 'UNAVAILABLE', // insufficient privilege
  '42': 'SCHEMA', // undefined table or column: somebody else changed the schema
  '53100': 'FULL', // disk full
  '53': 'UNAVAILABLE', // insufficient resources: too many connections, out of memory
  '54': 'INVALID', // program limit exceeded
  '55P03': 'BUSY', // lock not available: asked for without waiting
  '57014': 'BUSY', // query canceled: a statement timeout
  '57': 'UNAVAILABLE', // operator intervention: shutdown, terminated
  '58': 'UNAVAILABLE', // system error
  XX001: 'CORRUPT', // data corrupted
  XX002: 'CORRUPT', // index corrupted
}

export function classify(error: unknown): StoreErrorCode {
  const code = codeOf(error)
  if (isLost(error)) return 'UNAVAILABLE'
  if (code === undefined) return 'CORRUPT'
  return codes[code] ?? codes[code.slice(0, 2)] ?? 'UNAVAILABLE'
}

/** Whether another transaction got in the way: the same one may succeed if run again. */
export const isContended = (error: unknown): boolean =>
  ['40001', '40P01', '55P03'].includes(codeOf(error) ?? '')

/** Whether a row that is there already, or one that is not, kept a write from happening: unique, foreign key, not null. */
export const isRefused = (error: unknown): boolean =>
  ['23505', '23503', '23502'].includes(codeOf(error) ?? '')

/**
 * Whether a row that the claim had found missing is there: somebody has written it since the transaction's snapshot was
 * taken. A claim that fails is refused by the event, before any other row.
 */
export const isOvertaken = (error: unknown): boolean =>
  codeOf(error) === '23505' && error instanceof DatabaseError && error.table !== 'event'

/** Whether a statement was thought prepared when what was to prepare it had failed: the next time it is not. */
export const isUnprepared = (error: unknown): boolean => codeOf(error) === '26000'

/** Whether the connection went away, or could not be had: another one may do. */
export function isLost(error: unknown): boolean {
  const reason = error instanceof NoConnection ? error.cause : error
  const code = codeOf(reason)
  if (code === undefined) return reason instanceof Error && lostMessages.test(reason.message)
  return /^(08|57P0|E[A-Z_]+$)/.test(code) || code === IDLE_TOO_LONG || code === TOO_MANY_CONNECTIONS
}

/** Whether what failed never left, because its connection was known to be lost. */
export const isUnsent = (error: unknown): boolean =>
  codeOf(error) === undefined && error instanceof Error && /not queryable/i.test(error.message)

/** Whether the server is there, but took no connection at this moment or took it away at once. */
export const isTurnedAway = (error: unknown): boolean =>
  error instanceof NoConnection
    ? isOperators(codeOf(error.cause)) || codeOf(error.cause) === TOO_MANY_CONNECTIONS
    : isLost(error)

/** What an operator did: the server ends, starts, or ended the connection. */
const isOperators = (code = '') => code.startsWith('57P0')

const IDLE_TOO_LONG = '25P03'
const TOO_MANY_CONNECTIONS = '53300'

/** What pg says of a connection without giving it a code. */
const lostMessages =
  /connection terminated|not queryable|connection ended|timeout expired|timeout exceeded when trying to connect/i

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
