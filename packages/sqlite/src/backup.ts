import { statSync } from 'node:fs'
import {
  type Backup,
  type CheckedBackup,
  mayReplace,
  replaceKeeping,
  StoreError,
} from '@consensus-store/core'
import { apart } from './apart.ts'

/**
 * Copies the database as of one moment while others write, checks the copy, and puts it in the place of an older one. The log
 * of the store cannot be cut off meanwhile, so it grows with what is written.
 */
export async function backupFile(
  path: string,
  { file, keep, signal, progress }: CheckedBackup,
): Promise<Backup> {
  if (isSame(path, file)) throw new StoreError('CONFLICT', `${file} is the store itself`)
  const mode = statSync(path, { throwIfNoEntry: false })?.mode
  return replaceKeeping(file, { keep, mayReplace, mode }, async (temporary) => {
    const sum = await apart('back up', { path, to: temporary }, { signal, progress })
    return { file, format: 'sqlite', bytes: statSync(temporary).size, ...sum }
  })
}

function isSame(path: string, other: string): boolean {
  const [one, another] = [path, other].map((at) => statSync(at, { throwIfNoEntry: false, bigint: true }))
  return one !== undefined && one.dev === another?.dev && one.ino === another.ino
}
