import { open, stat } from 'node:fs/promises'
import type { Backup } from './backup.ts'
import { decodeLabel, LABEL_BYTES } from './backup-label.ts'
import { conflict } from './error.ts'
import { fileError } from './file-error.ts'

const SQLITE_MAGIC = 'SQLite format 3\0'
/** Where a SQLite database says what it is for. */
const APPLICATION_ID_AT = 68

/** What a SQLite database that is a backup says it is for: `cnsb`. Opened as a store it says something else from then on. */
export const SQLITE_BACKUP_ID = 0x636e7362

/** What SQLite keeps beside a database: its log, the index of that, and what it needs to go back. */
export const BESIDE_DATABASE = ['-wal', '-shm', '-journal'] as const

/** What is in a file, as far as its beginning and its end tell; `undefined` when it can be neither format, or is not there. */
export async function backupFormat(path: string): Promise<Backup['format'] | undefined> {
  return (await look(path))?.format
}

/**
 * CONFLICT unless there is nothing at `path`, or a backup that nobody has open as a database. A store is not one, nor is a
 * database of anything else.
 */
export async function mayReplace(path: string): Promise<void> {
  // First, because closing a file that this process has open as a database gives up the locks of that.
  await mustBeClosed(path)
  if (!(await found(path))) return
  if (!(await look(path))?.isBackup) throw conflict(`${path} is not a backup, and stays as it is`)
}

/** CONFLICT when somebody has a file open as a database, or left behind what is not in it yet. */
export async function mustBeClosed(path: string): Promise<void> {
  for (const end of BESIDE_DATABASE) {
    const beside = await found(`${path}${end}`)
    // An empty log or journal says nothing; the index of a log goes with the last who has the database open.
    if (!beside || (beside.size === 0 && end !== '-shm')) continue
    throw conflict(
      `${path} is open as a database, or was not closed: there is ${path}${end}. Close it, or open it once more and close it`,
    )
  }
}

/** `undefined` when nothing is there. What cannot be looked at may be there, and is not to be replaced. */
async function found(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code!)) return undefined
    throw fileError(error, `Looking at ${path}`)
  }
}

interface Looked {
  readonly format: Backup['format']
  readonly isBackup: boolean
}

async function look(path: string): Promise<Looked | undefined> {
  if (!(await found(path))?.isFile()) return undefined
  const file = await open(path).catch((error: unknown) => {
    throw fileError(error, `Reading ${path}`)
  })
  try {
    const { size } = await file.stat()
    const head = Buffer.alloc(APPLICATION_ID_AT + 4)
    await file.read(head, 0, head.length, 0)
    if (head.toString('latin1', 0, SQLITE_MAGIC.length) === SQLITE_MAGIC)
      return { format: 'sqlite', isBackup: head.readInt32BE(APPLICATION_ID_AT) === SQLITE_BACKUP_ID }
    const end = await file.read(Buffer.alloc(LABEL_BYTES), 0, LABEL_BYTES, Math.max(0, size - LABEL_BYTES))
    return decodeLabel(end.buffer) && { format: 'bundles', isBackup: true }
  } finally {
    await file.close()
  }
}
