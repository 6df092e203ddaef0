import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  backupFormat,
  copyStore,
  type ExportOptions,
  mustBeEmpty,
  mustHold,
  type Restored,
  readBundleBackup,
  restoreBackup,
  StoreError,
} from '@consensus-store/core'
import type { Context } from './command.ts'
import { fileOf } from './open-store.ts'
import { CHECK_PATH, Remedied } from './remedied.ts'

/** Restores a backup of any format to a store of any kind that has nothing in it. */
export async function restoreTo(
  context: Context,
  file: string,
  url: string,
  options: ExportOptions,
): Promise<Restored> {
  if (!existsSync(file))
    throw new Remedied(new StoreError('UNAVAILABLE', `There is no backup at ${file}`), CHECK_PATH)
  const format = await backupFormat(file)
  if (!format) throw new StoreError('CORRUPT', `${file} is not a backup, or is damaged`)
  const path = fileOf(url, context.io.cwd)
  if (format === 'bundles') {
    // Before a store is made for nothing.
    await readBundleBackup(file, { signal: options.signal })
    return restoreBackup(file, await context.open({ url, missing: 'create' }), options)
  }
  const { restoreSqliteBackup } = await import('@consensus-store/sqlite')
  if (path !== undefined && !existsSync(path)) return restoreSqliteBackup({ file, path, ...options })
  return copyTo(context, file, url, options)
}

/** A backup is only read, so what is opened as a store is a copy of it. */
async function copyTo(
  context: Context,
  file: string,
  url: string,
  options: ExportOptions,
): Promise<Restored> {
  const { restoreSqliteBackup, sqliteStore } = await import('@consensus-store/sqlite')
  const { signal, progress } = options
  const folder = await mkdtemp(join(tmpdir(), 'consensus-restore-'))
  try {
    const path = join(folder, 'backup.db')
    const third = (done: number) => (share: number) => progress?.((done + share) / 3)
    const kept = await restoreSqliteBackup({ file, path, signal, progress: third(0) })
    const store = await context.open({ url, missing: 'create' })
    await mustBeEmpty(store)
    await using source = await sqliteStore({ path, mmapBytes: 0 })
    const { refusals } = await copyStore(source, store, {
      signal,
      progress: ({ read }) => third(1)(Math.min(1, read / kept.runs)),
    })
    const [refused] = refusals
    if (refused)
      throw new StoreError(refused.code, `Run ${refused.runId} cannot be restored: ${refused.message}`)
    return await mustHold(store, kept, { signal, progress: third(2) })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
