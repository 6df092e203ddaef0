import { StoreError } from '@consensus-store/core'

/** What a store refused, with what to do about it. Commands in the remedy are written `consensus <verb> …`. */
export class Remedied extends StoreError {
  readonly remedy: string
  /** The store that its commands are for; the one that was asked for, unless given. */
  readonly url: string | undefined

  constructor(error: StoreError, remedy: string, url?: string) {
    super(error.code, error.message, { cause: error })
    this.remedy = remedy
    this.url = url
  }
}

/** What to do where a file or a folder is the trouble. */
export const CHECK_PATH = 'Check that the path exists and may be used.'

/** What to do where a store itself cannot be read. */
export const RESTORE_BACKUP =
  'Check that it is the right one; if it is, move it away and put a backup in its place: consensus restore <file>'
