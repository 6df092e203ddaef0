import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Archive } from './archive.ts'
import { linesOf } from './lines.ts'
import { flush } from './replacement.ts'

/** A line of a folder's manifest. */
export interface ListedArchive extends Archive {
  /** Its name in the folder. */
  readonly file: string
}

const MANIFEST = 'manifest.jsonl'
const LINE_FEED = 0x0a

/** Long enough to tell runs apart by, and short enough for every file system with what follows it. */
const READABLE = 80

/**
 * Begins with what can be read of the run's id and says the checksum, so that a file tells whether it is whole, and a run that
 * was put back and archived anew has another.
 */
export const archiveFileName = ({ runId, checksum }: Pick<Archive, 'runId' | 'checksum'>): string =>
  `${readable(runId)}.${checksum.replace(/^sha256:/, '')}.json.zst`

const readable = (id: string) =>
  id
    .slice(0, READABLE)
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^[.]/, '_')

/** The checksum that the name of a file says. */
export function checksumInName(file: string): string | undefined {
  const hex = /\.([0-9a-f]{64})\.json\.zst$/.exec(file)?.[1]
  return hex && `sha256:${hex}`
}

/** Appends a line, which is on the disk when this resolves. A line before it that was cut short is ended, and counts for nothing. */
export async function listArchive(folder: string, entry: ListedArchive): Promise<void> {
  const handle = await open(join(folder, MANIFEST), 'a+')
  try {
    const { size } = await handle.stat()
    const last = Buffer.alloc(1)
    if (size > 0) await handle.read(last, 0, 1, size - 1)
    const begin = size > 0 && last[0] !== LINE_FEED ? '\n' : ''
    // In one piece, so that processes which append at once do not write into each other's lines.
    const line = Buffer.from(`${begin}${JSON.stringify(entry)}\n`)
    const { bytesWritten } = await handle.write(line)
    if (bytesWritten < line.length) await handle.write(line, bytesWritten)
    await handle.sync()
    if (size === 0) await flush(folder, 'r')
  } finally {
    await handle.close()
  }
}

/** What the manifest of a folder lists, in the order in which it was archived; nothing when there is none. */
export async function* listedArchives(folder: string): AsyncGenerator<ListedArchive> {
  const handle = await open(join(folder, MANIFEST)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!handle) return
  for await (const line of linesOf(handle.createReadStream())) {
    const entry = parsed(line.toString())
    if (entry) yield entry
  }
}

/** `undefined` for a line that was cut short, or is none of ours. */
function parsed(line: string): ListedArchive | undefined {
  try {
    const { archivedAt, ...entry } = JSON.parse(line)
    const ours = typeof entry.runId === 'string' && typeof entry.file === 'string'
    return ours ? { ...entry, archivedAt: new Date(archivedAt) } : undefined
  } catch {
    return undefined
  }
}
