import { StoreError, type StoreErrorCode } from '@consensus-store/core'
import { commands } from './commands/index.ts'
import { invocation, shellQuoted } from './invocation.ts'
import type { IO } from './io.ts'
import { DEFAULT_STORE, isServer, NoStoreYet } from './open-store.ts'
import { CHECK_PATH, RESTORE_BACKUP, Remedied } from './remedied.ts'
import { withoutPasswords } from './store-url.ts'

/** What to do about errors of a verb, where it knows better than their code tells. */
export type Remedies = Readonly<Partial<Record<StoreErrorCode, string>>>

/** What kept the store at a URL from being opened, with what to do about it. */
export const notOpened = (error: unknown, url: string): unknown =>
  error instanceof StoreError ? new Remedied(error, remedyForOpening(error, url), url) : error

/** What a verb met, with what to do about it; the first of `urls` is the store that was asked for, the others it opened too. */
export function met(error: unknown, urls: readonly [string, ...string[]], known: Remedies = {}): unknown {
  if (!(error instanceof StoreError)) return error
  if (error instanceof Remedied)
    return error.url === undefined ? new Remedied(error, error.remedy, urls[0]) : error
  return new Remedied(error, known[error.code] ?? remedyFor(error, urls), urls[0])
}

/**
 * A text whose commands can be typed as they stand: called as the user calls this one, and on the store at a URL, if they would
 * not be on it anyway.
 */
export function typeable(text: string, io: IO, url?: string): string {
  const store =
    url === undefined || url === (io.env.CONSENSUS_STORE || DEFAULT_STORE) ? '' : ` --store ${named(url)}`
  return text.replace(/\bconsensus ([a-z]+)\b/g, (as, verb: string) =>
    Object.hasOwn(commands, verb) ? `${invocation(io)} ${verb}${store}` : as,
  )
}

/** A URL with a password cannot be shown as it has to be typed. */
const named = (url: string) => (withoutPasswords(url) === url ? shellQuoted(url) : '<url>')

const remedyForOpening = (error: StoreError, url: string): string =>
  error.code === 'CORRUPT' ? RESTORE_BACKUP : remedyFor(error, [url])

const MAKE_ONE =
  'Name another with --store or CONSENSUS_STORE, or make one: consensus import <path>, or consensus migrate'
const CHECK_SERVER = 'Check that the server runs, and that its URL has the right host, user and database.'

function remedyFor(error: StoreError, urls: readonly string[]): string {
  if (error.code !== 'UNAVAILABLE') return remedies[error.code]
  if (error instanceof NoStoreYet) return MAKE_ONE
  return !isOfFile(error) && urls.some(isServer) ? CHECK_SERVER : CHECK_PATH
}

/** Whether a path is the trouble, by what the system said of it; what it says of a connection names none. */
const isOfFile = (error: unknown): boolean =>
  error instanceof Error && (('syscall' in error && 'path' in error) || isOfFile(error.cause))

const remedies: Readonly<Record<Exclude<StoreErrorCode, 'UNAVAILABLE'>, string>> = {
  INVALID: 'Correct what it names; nothing was changed.',
  NOT_FOUND: 'See what there is: consensus runs, or consensus executions',
  CONFLICT: 'Nothing was changed: look at what is there before you try again.',
  BUSY: 'Another process holds the store; try again when it is done.',
  FULL: 'Make room on the disk, then try again.',
  CORRUPT:
    'See what is damaged: consensus verify. What is lost may be in a backup; to look into one: consensus restore <file> --to <url>',
  SCHEMA: 'The store is of another version than this command, or not a consensus store; it was not touched.',
  UNSUPPORTED: 'Use a store that supports it.',
  CLOSED: 'The store was closed too early; please report it as a bug.',
}
