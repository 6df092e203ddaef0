import { StoreError } from './error.ts'

/** What the file system says when there is no room: on the device, for the user, or for a file. */
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG']

/** A file system's error as a store's: FULL when there is no room, UNAVAILABLE otherwise. Any other error as it is. */
export function fileError(error: unknown, doing: string): unknown {
  const code =
    error instanceof Error && 'code' in error && 'syscall' in error ? String(error.code) : undefined
  if (code === undefined) return error
  return new StoreError(NO_ROOM.includes(code) ? 'FULL' : 'UNAVAILABLE', `${doing} failed: ${code}`, {
    cause: error,
  })
}
