import { StoreError } from './error.ts'
import type { ExportSum } from './export-digest.ts'

/** What a backup of bundles says of itself at its end. */
export interface BackupLabel extends ExportSum {
  /** Of everything before the label: `sha256:` and 64 hexadecimal digits. */
  readonly checksum: string
}

/**
 * The label is a frame that decompressors of zstd skip, so that any of them turns a backup into an export. It has one length,
 * so that it can be read from the end of the file.
 */
export const LABEL_BYTES = 512
const SKIPPABLE = 0x184d2a5c
const HEAD_BYTES = 8
const NAME = 'consensus-store backup'

/** The label as it stands at the end of a backup. */
export function encodeLabel({ runs, digest, checksum }: BackupLabel): Buffer {
  const frame = Buffer.alloc(LABEL_BYTES, ' ')
  frame.writeUInt32LE(SKIPPABLE, 0)
  frame.writeUInt32LE(LABEL_BYTES - HEAD_BYTES, 4)
  frame.write(JSON.stringify({ is: NAME, version: 1, runs, digest, checksum }), HEAD_BYTES)
  return frame
}

/** The label in the last bytes of a file; `undefined` when they are none. SCHEMA when it is of a newer version. */
export function decodeLabel(frame: Buffer): BackupLabel | undefined {
  if (frame.length !== LABEL_BYTES || frame.readUInt32LE(0) !== SKIPPABLE) return undefined
  try {
    const { is, version, runs, digest, checksum } = JSON.parse(frame.toString('utf8', HEAD_BYTES))
    if (is !== NAME) return undefined
    if (version !== 1) throw new StoreError('SCHEMA', `The backup is of version ${version}, which is newer`)
    return { runs, digest, checksum }
  } catch (error) {
    if (error instanceof StoreError) throw error
    return undefined
  }
}
