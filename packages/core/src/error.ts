/** Codes are API: each is explained in docs/errors.md and asserted by the conformance suite. */
export type StoreErrorCode =
  | 'INVALID'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'BUSY'
  | 'UNAVAILABLE'
  | 'FULL'
  | 'CORRUPT'
  | 'SCHEMA'
  | 'UNSUPPORTED'
  | 'CLOSED'

/**
 * The only error a store rejects with. What a caller's own callback throws, in a transaction or as `progress` or `gone`, reaches
 * the caller as it is, and so does the reason of an aborted signal.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** Whether the same call may succeed if made again. */
  get retryable(): boolean {
    return this.code === 'BUSY' || this.code === 'UNAVAILABLE'
  }
}

/** `argument` is the path a caller would write: `limit`, `content.items[3]`. */
export const invalid = (argument: string, problem: string): StoreError =>
  new StoreError('INVALID', `${argument} ${problem}`)

/** NOT_FOUND, naming what is not there. */
export const notFound = (noun: string, id: string): StoreError =>
  new StoreError('NOT_FOUND', `There is no ${noun} ${id}`)

/** CONFLICT, saying how it stands. */
export const conflict = (message: string): StoreError => new StoreError('CONFLICT', message)

const OF_ONE_RUN: ReadonlySet<StoreErrorCode> = new Set(['CORRUPT', 'CONFLICT', 'UNSUPPORTED'])

/** Whether what failed for one run need not fail for the next: who does something with many runs names this one, and goes on. */
export const concernsOneRun = (error: unknown): error is StoreError =>
  error instanceof StoreError && OF_ONE_RUN.has(error.code)
