import { constants as buffers } from 'node:buffer'
import { hash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { KeptArchive } from './archive.ts'
import { type Bundle, checkBundle, decodeBundle, parseBundle, stringifyBundle } from './bundle.ts'
import { StoreError } from './error.ts'
import { endedAt } from './leaving.ts'

/** On exports of real histories it leaves 0.138 of the bytes at some 100 MB/s, where 3 leaves 0.153, and 9 leaves 0.135 in twice the time. */
const LEVEL = 6

/** UNSUPPORTED on a Node that cannot compress so, which is not to fail before it archives. */
function zstd() {
  const { zstdCompress, zstdDecompress, constants } = zlib as Omit<typeof zlib, Zstd> &
    Partial<Pick<typeof zlib, Zstd>>
  if (!zstdCompress || !zstdDecompress) {
    const { node } = process.versions
    throw new StoreError('UNSUPPORTED', `Archives need Node 22.15, 23.8 or newer; this is Node ${node}`)
  }
  const params = {
    [constants.ZSTD_c_compressionLevel]: LEVEL,
    // So that `zstd -t` can tell whether a file is whole.
    [constants.ZSTD_c_checksumFlag]: 1,
  }
  return {
    // Told the sizes, it takes half of the time for what is small.
    compress: (plain: Uint8Array) => promisify(zstdCompress)(plain, { params, pledgedSrcSize: plain.length }),
    decompress: (compressed: Uint8Array, maxOutputLength: number) =>
      promisify(zstdDecompress)(compressed, {
        maxOutputLength,
        chunkSize: Math.min(Math.max(maxOutputLength + 1, SMALLEST_CHUNK), LARGEST_CHUNK),
      }),
  }
}

/** Bytes of output that are made room for at a time: Node takes no fewer than the one, and more than the other bring nothing. */
const SMALLEST_CHUNK = 64
const LARGEST_CHUNK = 2 ** 20

type Zstd = 'zstdCompress' | 'zstdDecompress'

/**
 * A run as an archive, which is known to give it back exactly: it was unpacked again. CORRUPT when the bundle's rows are not
 * what its log tells, or its log says what this version does not know and would not give back.
 */
export async function packBundle(bundle: Bundle, archivedAt: Date): Promise<KeptArchive> {
  const { id: runId } = bundle.run
  mustHoldTogether(bundle)
  await nextTurn()
  const text = lineOf(bundle)
  const plain = Buffer.from(text)
  await turnAfter(plain)
  const compressed = await zstd().compress(plain)
  const archive: KeptArchive = {
    runId,
    archivedAt,
    endedAt: bundleEndedAt(bundle),
    bytes: compressed.length,
    bundleBytes: plain.length,
    checksum: checksumOf(compressed),
    compressed,
  }
  const again = await unpackBundle(archive)
  await turnAfter(plain)
  if (stringifyBundle(again) !== text)
    throw new StoreError('CORRUPT', `Run ${runId} says what this version does not know, and would lose`)
  return archive
}

/** When a run that is not running any more ended: its conclusion, or its last event. */
export const bundleEndedAt = ({ run, events }: Bundle): Date => endedAt(run, events.at(-1)?.at)!

/** What was packed. CORRUPT, with the reason, when it is not what its archive says, or is of another run. */
export async function unpackBundle(archive: KeptArchive): Promise<Bundle> {
  const unpacked = await tryUnpacking(archive)
  if (unpacked.bundle) return unpacked.bundle
  const { problem, cause } = unpacked
  throw new StoreError('CORRUPT', `The archive of run ${archive.runId} is damaged: ${problem}`, { cause })
}

/** What was packed, or why that cannot be had. */
export type Unpacked =
  | { readonly bundle: Bundle }
  | { readonly bundle?: undefined; readonly problem: string; readonly cause?: unknown }

/** What was packed, or what is wrong with it. */
export async function tryUnpacking(archive: KeptArchive): Promise<Unpacked> {
  const { runId, compressed, bytes, bundleBytes, checksum } = archive
  if (compressed.length !== bytes) return { problem: `it has ${compressed.length} bytes, not ${bytes}` }
  if (checksumOf(compressed) !== checksum) return { problem: 'its checksum is another' }
  try {
    const bundle = await unpack(compressed, bundleBytes)
    return bundle.run.id === runId ? { bundle } : { problem: `it is of run ${bundle.run.id}` }
  } catch (cause) {
    if (cause instanceof StoreError && cause.code === 'UNSUPPORTED') throw cause
    return { problem: (cause as Error).message, cause }
  }
}

/** Takes no more memory than the bundle is said to need, or may need, whatever was compressed. */
export async function unpack(compressed: Uint8Array, bundleBytes?: number): Promise<Bundle> {
  const maxOutputLength = Math.min(bundleBytes ?? buffers.MAX_STRING_LENGTH, buffers.MAX_LENGTH)
  const plain = await zstd().decompress(compressed, maxOutputLength)
  if (bundleBytes !== undefined && plain.length !== bundleBytes)
    throw new Error(`it holds ${plain.length} bytes, not ${bundleBytes}`)
  await turnAfter(plain)
  const bundle = parseBundle(plain.toString())
  await turnAfter(plain)
  const checked = checkBundle(bundle)
  await turnAfter(plain)
  return decodeBundle(checked)
}

/** Bytes of a bundle from which each step over it takes so long that others are let in before the next. */
const LARGE = 2 ** 16

/** Only compressing is done beside the event loop: all else goes over the whole text, one step at a time. */
const turnAfter = async (plain: Uint8Array): Promise<void> => {
  if (plain.length >= LARGE) await nextTurn()
}

/** The checksum of an archive: `sha256:` and 64 hexadecimal digits. */
export const checksumOf = (compressed: Uint8Array): string => `sha256:${hash('sha256', compressed)}`

function mustHoldTogether(bundle: Bundle): void {
  try {
    checkBundle(bundle)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const message = `Run ${bundle.run.id} is not what its log tells: ${error.message}`
    throw new StoreError('CORRUPT', message, { cause: error })
  }
}

function lineOf(bundle: Bundle): string {
  try {
    return stringifyBundle(bundle)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const most = `${Math.floor(buffers.MAX_STRING_LENGTH / 2 ** 20)} MiB`
    const message = `Run ${bundle.run.id} is too large to be archived: a bundle is one line of at most ${most}`
    throw new StoreError('UNSUPPORTED', message, { cause: error })
  }
}
