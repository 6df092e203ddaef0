import { copyFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  backupFormat,
  createWhole,
  type ExportOptions,
  filePath,
  type Restored,
  StoreError,
} from '@consensus-store/core'
import { apart } from './apart.ts'
import { mustCarryDriver } from './runtime.ts'

export interface SqliteRestoring extends ExportOptions {
  /** The backup. It is only read. */
  readonly file: string
  /** Where the store is to be. */
  readonly path: string
}

/**
 * Makes a store of a backup that is a SQLite database: a copy, checked before it appears at `path`. CONFLICT when there is
 * anything at `path`, CORRUPT when the backup is damaged; then there is nothing afterwards that was not there before.
 */
export async function restoreSqliteBackup(options: SqliteRestoring): Promise<Restored> {
  const { signal, progress } = options
  const file = resolve(filePath(options.file, 'file'))
  const path = resolve(filePath(options.path, 'path'))
  mustCarryDriver()
  await mustBeFree(path)
  if (!(await stat(file).catch(() => undefined))) {
    throw new StoreError('UNAVAILABLE', `There is no backup at ${file}`)
  }
  if ((await backupFormat(file)) !== 'sqlite') {
    throw new StoreError('CORRUPT', `${file} is not a backup that is a SQLite database`)
  }
  return createWhole(path, async (temporary) => {
    await copyFile(file, temporary)
    signal?.throwIfAborted()
    return apart('check', { path: temporary }, { signal, progress })
  })
}

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
