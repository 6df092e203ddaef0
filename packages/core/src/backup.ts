import { resolve } from 'node:path'
import { options as checkOptions, count, filePath, optionalFunction, optionalSignal } from './argument.ts'

/** How many backups of a store may be kept beside each other. */
export const MAX_KEPT_BACKUPS = 1_000

/** How many backups to keep, and whom to tell of this one. */
export interface BackupOptions {
  /**
   * How many backups are kept: the one before becomes `<file>.1`, and so on. By default 1, which replaces it. More of them,
   * from when more were to be kept, stay.
   */
  readonly keep?: number | undefined
  /** Rejects with its reason when it is aborted; what was there before is as it was. */
  readonly signal?: AbortSignal | undefined
  /** Is told how much is done, from 0 to 1. */
  readonly progress?: ((share: number) => void) | undefined
}

/** A backup that was made and read back. */
export interface Backup {
  /** Absolute. A link there leads to where it really is. */
  readonly file: string
  /** `sqlite` is a copy of the database, `bundles` is a compressed export. */
  readonly format: 'sqlite' | 'bundles'
  readonly bytes: number
  readonly runs: number
  /** Of everything that can be exported: the same for the same history in any format and on any backend. */
  readonly digest: string
}

/** The arguments of a backup, checked. */
export interface CheckedBackup {
  /** Absolute. */
  readonly file: string
  readonly keep: number
  readonly signal: AbortSignal | undefined
  readonly progress: (share: number) => void
}

/** INVALID, naming the argument, when one is not what it should be; rejects with the reason when it was aborted already. */
export function checkBackup(file: string, options: BackupOptions = {}): CheckedBackup {
  const { keep = 1, signal, progress } = checkOptions(options, 'options')
  const checked = {
    file: resolve(filePath(file, 'file')),
    keep: count(keep, 'keep', 1, MAX_KEPT_BACKUPS),
    signal: optionalSignal(signal, 'signal'),
    progress: optionalFunction(progress, 'progress') ?? (() => {}),
  }
  checked.signal?.throwIfAborted()
  return checked
}
