import { readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileError } from './file-error.ts'

/**
 * Where a path leads to when links are followed, also one to a file that is not there yet: what is kept beside a file is beside
 * that one. UNAVAILABLE when links lead in a circle, or may not be followed.
 */
export function followLinks(path: string): string {
  const full = resolve(path)
  try {
    return realpathSync(full)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(error, `Following ${path}`)
  }
  const link = linkAt(full)
  if (link !== undefined) return followLinks(resolve(dirname(full), link))
  return dirname(full) === full ? full : join(followLinks(dirname(full)), basename(full))
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
