import { open, stat } from 'node:fs/promises'
import type { Backup } from './backup.ts'
import { decodeLabel, LABEL_BYTES } from './backup-label.ts'
import { conflict } from './error.ts'
import { fileError } from './file-error.ts'

const SQLITE_MAGIC = 'SQLite format 3\0'

/** What kind of backup a file says it is; `undefined` when it is none, or not there. Whether it is whole is not looked at. */
export async function backupFormat(path: string): Promise<Backup['format'] | undefined> {
  if (!(await stat(path).catch(() => undefined))?.isFile()) return undefined
  const file = await open(path).catch((error: unknown) => {
    throw fileError(error, `Reading ${path}`)
  })
  try {
    const { size } = await file.stat()
    const head = await file.read(Buffer.alloc(SQLITE_MAGIC.length), 0, SQLITE_MAGIC.length, 0)
    if (head.buffer.toString('latin1') === SQLITE_MAGIC) return 'sqlite'
    const end = await file.read(Buffer.alloc(LABEL_BYTES), 0, LABEL_BYTES, Math.max(0, size - LABEL_BYTES))
    return decodeLabel(end.buffer) ? 'bundles' : undefined
  } finally {
    await file.close()
  }
}

/** CONFLICT unless there is nothing at `path`, or a backup that nobody has opened as a database and left its log beside. */
export async function mayReplace(path: string): Promise<void> {
  if (!(await stat(path).catch(() => undefined))) return
  if (!(await backupFormat(path))) throw conflict(`${path} is not a backup, and stays as it is`)
  // A log that belongs to another database would be taken for the new one's, and spoil it.
  if ((await stat(`${path}-wal`).catch(() => undefined))?.size) {
    throw conflict(`${path} is open as a database, or was not closed, and stays as it is`)
  }
}
