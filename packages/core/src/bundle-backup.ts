import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { appendFile, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import zlib from 'node:zlib'
import type { Backup, BackupOptions } from './backup.ts'
import { checkBackup } from './backup.ts'
import { mayReplace } from './backup-file.ts'
import { encodeLabel } from './backup-label.ts'
import { type ExportSum, exportLines, exportSum } from './export-digest.ts'
import { readBundleBackup } from './read-bundle-backup.ts'
import { replaceKeeping } from './replacement.ts'
import type { Nouns } from './store.ts'

/** Fast, and half the size of the text; higher levels gain little on what agents write. */
const LEVEL = 3

/**
 * Keeps everything that a store exports in one compressed file with a checksum, and reads it back before it takes the place of
 * an older one. Every run that was there when it began is in it, as it was then or later; memory stays flat.
 */
export async function backupBundles(
  store: Pick<Nouns, 'runs'>,
  path: string,
  options?: BackupOptions,
): Promise<Backup> {
  const { file, keep, signal, progress } = checkBackup(path, options)
  return replaceKeeping(file, { keep, mayReplace }, async (temporary) => {
    // Reading back takes no longer than writing.
    const sum = await write(store, temporary, { signal, progress: (share) => progress(share / 2) })
    const found = await readBundleBackup(temporary, {
      signal,
      progress: (share) => progress((1 + share) / 2),
    })
    for await (const _ of found.bundles());
    const { size } = await stat(temporary)
    signal?.throwIfAborted()
    return { file, format: 'bundles', bytes: size, ...sum }
  })
}

async function write(
  store: Pick<Nouns, 'runs'>,
  path: string,
  options: Pick<BackupOptions, 'signal' | 'progress'>,
): Promise<ExportSum> {
  const { signal } = options
  const { add, sum } = exportSum()
  async function* lines() {
    for await (const line of exportLines(store, options)) {
      add(line)
      yield line
    }
  }
  const hash = createHash('sha256')
  async function* hashed(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk)
      yield chunk
    }
  }
  const compress = zlib.createZstdCompress({
    params: { [zlib.constants.ZSTD_c_compressionLevel]: LEVEL, [zlib.constants.ZSTD_c_checksumFlag]: 1 },
  })
  try {
    await pipeline(Readable.from(lines()), compress, hashed, createWriteStream(path), { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
  const summed = sum()
  await appendFile(path, encodeLabel({ ...summed, checksum: `sha256:${hash.digest('hex')}` }))
  return summed
}
