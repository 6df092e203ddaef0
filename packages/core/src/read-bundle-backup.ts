import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import zlib from 'node:zlib'
import { type BackupLabel, decodeLabel, LABEL_BYTES } from './backup-label.ts'
import { type Bundle, checkBundle, parseBundle } from './bundle.ts'
import { StoreError } from './error.ts'
import { type ExportOptions, exportSum } from './export-digest.ts'
import { fileError } from './file-error.ts'
import { linesOf } from './lines.ts'

/** A backup whose checksum is right. */
export interface BundleBackup {
  readonly label: BackupLabel
  /** Its runs in the order of their ids, each checked as a store would. CORRUPT at the end when they are not what was kept. */
  bundles(): AsyncGenerator<Bundle>
}

/** CORRUPT when the file is damaged or not a backup of bundles, UNAVAILABLE when it cannot be read. */
export async function readBundleBackup(
  path: string,
  { signal, progress }: ExportOptions = {},
): Promise<BundleBackup> {
  const { label, bytes } = await labelOf(path)
  if ((await checksumOf(path, bytes, signal)) !== label.checksum) throw damaged(path, 'its checksum is wrong')
  return {
    label,
    async *bundles() {
      const { add, sum } = exportSum()
      let read = 0
      const compressed = createReadStream(path, { end: bytes - 1 })
      const plain = compressed.pipe(zlib.createZstdDecompress())
      compressed.on('error', (error) => plain.destroy(error))
      try {
        for await (const line of linesOf(plain)) {
          signal?.throwIfAborted()
          add(`${line}\n`)
          yield checkedBundle(path, line)
          read += 1
          progress?.(read / label.runs)
        }
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof StoreError) throw error
        const translated = fileError(error, `Reading ${path}`)
        throw translated === error ? damaged(path, (error as Error).message, error) : translated
      } finally {
        compressed.destroy()
        plain.destroy()
      }
      const { runs, digest } = sum()
      if (runs !== label.runs || digest !== label.digest)
        throw damaged(path, 'its runs are not those it names')
    },
  }
}

async function labelOf(path: string): Promise<{ readonly label: BackupLabel; readonly bytes: number }> {
  try {
    const file = await open(path)
    try {
      const { size } = await file.stat()
      const end = Buffer.alloc(LABEL_BYTES)
      const { bytesRead } = await file.read(end, 0, LABEL_BYTES, Math.max(0, size - LABEL_BYTES))
      const label = decodeLabel(end.subarray(0, bytesRead))
      if (!label) throw damaged(path, 'it does not end as a backup does')
      if (size === LABEL_BYTES) throw damaged(path, 'there is nothing before its end')
      return { label, bytes: size - LABEL_BYTES }
    } finally {
      await file.close()
    }
  } catch (error) {
    throw fileError(error, `Reading ${path}`)
  }
}

async function checksumOf(path: string, bytes: number, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path, { end: bytes - 1 })) {
      signal?.throwIfAborted()
      hash.update(chunk)
    }
  } catch (error) {
    throw fileError(error, `Reading ${path}`)
  }
  return `sha256:${hash.digest('hex')}`
}

/** A store that refuses what was kept would be of no use when it is needed. */
function checkedBundle(path: string, line: Buffer): Bundle {
  try {
    const bundle = parseBundle(line.toString())
    checkBundle(bundle)
    return bundle
  } catch (error) {
    throw damaged(path, (error as Error).message, error)
  }
}

const damaged = (path: string, why: string, cause?: unknown) =>
  new StoreError('CORRUPT', `The backup ${path} is damaged: ${why}`, { cause })
