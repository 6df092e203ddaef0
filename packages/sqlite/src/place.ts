import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { followLinks, StoreError } from '@consensus-store/core'

/** Where a store is kept, and how it goes when it was only lent. */
export interface Place {
  /** Nothing else leads there: SQLite keeps what belongs to a file beside the file itself, not beside a link to it. */
  readonly path: string
  /** False until something was written there. */
  readonly exists: boolean
  release(): void
}

/**
 * Finds the file, without touching it. UNAVAILABLE when there can be none at `path`, or when there is none, or nothing in it,
 * and none is to be made; CORRUPT when what is there is not a database. `:memory:` is a file of its own in the temporary
 * folder, because readers need a second connection.
 */
export function place(path: string, create: boolean): Place {
  if (path === ':memory:') return temporaryPlace()
  const full = followLinks(path)
  const found = statSync(full, { throwIfNoEntry: false })
  if (found?.isDirectory()) throw unavailable(full, 'is a folder')
  if (found && !found.isFile()) throw unavailable(full, 'is not a regular file')
  if (!found && !create) throw unavailable(full, 'does not exist')
  if (found?.size === 0 && !create) throw emptyFile(full)
  if (!statSync(dirname(full), { throwIfNoEntry: false })?.isDirectory()) {
    throw unavailable(full, `cannot be made: there is no folder ${dirname(full)}`)
  }
  if (found && found.size > 0) mustBeDatabase(full)
  return { path: full, exists: (found?.size ?? 0) > 0, release: () => {} }
}

/** Folders of stores that were never closed, to go when the process does. */
const lent = new Set<string>()

function temporaryPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'consensus-store-memory-'))
  if (lent.size === 0) process.on('exit', removeLent)
  lent.add(folder)
  return { path: join(folder, 'memory.db'), exists: false, release: () => remove(folder) }
}

const removeLent = () => lent.forEach(remove)

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  lent.delete(folder)
  if (lent.size === 0) process.off('exit', removeLent)
}

const MAGIC = Buffer.from('SQLite format 3\0')

function mustBeDatabase(path: string): void {
  const head = Buffer.alloc(MAGIC.length)
  const file = openFile(path)
  try {
    readSync(file, head, 0, MAGIC.length, 0)
  } finally {
    closeSync(file)
  }
  if (!head.equals(MAGIC)) throw new StoreError('CORRUPT', `${path} is not a SQLite database`)
}

function openFile(path: string): number {
  try {
    // Opened for writing too, because that is what comes next; nothing is written.
    return openSync(path, 'r+')
  } catch (error) {
    throw unavailable(path, `cannot be opened for writing (${(error as NodeJS.ErrnoException).code})`, error)
  }
}

/** A store that lost what was in it is not one that was never there. */
export const emptyFile = (path: string): StoreError => unavailable(path, 'is empty')

const unavailable = (path: string, problem: string, cause?: unknown): StoreError =>
  new StoreError('UNAVAILABLE', `${basename(path)} ${problem}: ${path}`, { cause })
