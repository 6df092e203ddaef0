import { chmod, copyFile, stat } from 'node:fs/promises'
import {
  backupFormat,
  createWhole,
  type ExportOptions,
  filePath,
  followLinks,
  mustBeClosed,
  type Restored,
  StoreError,
} from '@consensus-store/core'
import { apart } from './apart.ts'
import { mustCarryDriver } from './runtime.ts'

/** Which backup to restore, and where to. */
export interface SqliteRestoring extends ExportOptions {
  /** The backup. It is only read. */
  readonly file: string
  /** Where the store is to be. */
  readonly path: string
}

/**
 * Makes a store of a backup that is a SQLite database: a copy, checked before it appears at `path`. CONFLICT when there is
 * anything at `path`, or the backup is open as a database or was not closed; CORRUPT when it is damaged: then there is nothing
 * afterwards that was not there before.
 */
export async function restoreSqliteBackup(options: SqliteRestoring): Promise<Restored> {
  const { signal, progress } = options
  const file = followLinks(filePath(options.file, 'file'))
  const path = followLinks(filePath(options.path, 'path'))
  mustCarryDriver()
  await mustBeFree(path)
  const found = await stat(file).catch(() => undefined)
  if (!found) throw new StoreError('UNAVAILABLE', `There is no backup at ${file}`)
  await mustBeClosed(file)
  if ((await backupFormat(file)) !== 'sqlite') {
    throw new StoreError('CORRUPT', `${file} is not a backup that is a SQLite database`)
  }
  return createWhole(path, async (temporary) => {
    await copyFile(file, temporary)
    // A copy has the permissions of what it is of, which may be only read.
    await chmod(temporary, WRITABLE | (found.mode & PERMISSIONS))
    signal?.throwIfAborted()
    await mustBeClosed(file)
    return apart('check', { path: temporary }, { signal, progress })
  })
}

const WRITABLE = 0o600
const PERMISSIONS = 0o777

/** A log without its database would be taken for the new one's, and spoil it. */
async function mustBeFree(path: string): Promise<void> {
  for (const at of [path, `${path}-wal`, `${path}-journal`]) {
    if (await stat(at).catch(() => undefined)) {
      throw new StoreError(
        'CONFLICT',
        `There is something at ${at} already: a backup is restored to a new file`,
      )
    }
  }
}
