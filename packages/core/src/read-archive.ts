import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { checksumInName } from './archive-manifest.ts'
import { filePath } from './argument.ts'
import type { Bundle } from './bundle.ts'
import { StoreError } from './error.ts'
import { fileError } from './file-error.ts'
import { checksumOf, unpack } from './pack.ts'

/**
 * The run that a file of an archive folder holds. UNAVAILABLE when it cannot be read, CORRUPT when it is not what was kept,
 * UNSUPPORTED on a Node that cannot unpack it.
 */
export async function readArchive(file: string): Promise<Bundle> {
  const path = filePath(file, 'file')
  const compressed = await readFile(path).catch((error: unknown) => {
    throw fileError(error, `Reading ${path}`)
  })
  const checksum = checksumInName(basename(path))
  if (checksum && checksumOf(compressed) !== checksum)
    throw damaged(path, 'its checksum is not that of its name')
  try {
    return await unpack(compressed)
  } catch (cause) {
    if (cause instanceof StoreError && cause.code === 'UNSUPPORTED') throw cause
    throw damaged(path, (cause as Error).message, cause)
  }
}

const damaged = (file: string, problem: string, cause?: unknown) =>
  new StoreError('CORRUPT', `${file} is no whole archive: ${problem}`, { cause })
