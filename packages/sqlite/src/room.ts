import { accessSync, constants, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StoreError } from '@consensus-store/core'

/** More than is there after converting, because a log has headers and a file system its own bookkeeping. */
const MARGIN = 1.05

/**
 * What a conversion misses, as a sentence; `undefined` when there is room. It writes what is in use once to a temporary file and
 * once to the log beside the database, before the database shrinks.
 */
export async function missingRoom(path: string, bytesInUse: number): Promise<string | undefined> {
  const bytes = Math.ceil(bytesInUse * MARGIN)
  const [beside, temporary] = [dirname(path), temporaryFolder()]
  const shared = statSync(beside).dev === statSync(temporary).dev
  const needs: readonly (readonly [folder: string, bytes: number])[] = shared
    ? [[beside, 2 * bytes]]
    : [
        [beside, bytes],
        [temporary, bytes],
      ]
  for (const [folder, needed] of needs) {
    const { bavail, bsize } = await statfs(folder)
    const free = bavail * bsize
    if (free < needed) return `It takes ${needed} bytes in ${folder}, where ${free} are free`
  }
  return undefined
}

/** FULL, before anything is begun. */
export const noRoom = (path: string, missing: string): StoreError =>
  new StoreError('FULL', `${path} cannot be converted: ${missing}`)

/** Where SQLite makes temporary files, by its own rules. */
function temporaryFolder(): string {
  const { SQLITE_TMPDIR, TMPDIR } = process.env
  const folders = [SQLITE_TMPDIR, TMPDIR, '/var/tmp', '/usr/tmp', '/tmp']
  return folders.find((folder) => folder !== undefined && mayWrite(folder)) ?? '.'
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return statSync(folder).isDirectory()
  } catch {
    return false
  }
}
