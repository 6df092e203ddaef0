import { statSync } from 'node:fs'
import { BESIDE_DATABASE } from '@consensus-store/core'

const ENDS = ['', ...BESIDE_DATABASE]

/**
 * Bytes of a database with its log and its index of that, as long as the files are. Not the blocks they take: a file system
 * may allot those late, share or compress them, so that they say little about what was given back.
 */
export const storeBytes = (path: string): number =>
  ENDS.reduce((bytes, end) => bytes + fileBytes(`${path}${end}`), 0)

export const fileBytes = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
