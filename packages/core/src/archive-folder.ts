import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Archive, ArchiveFolder } from './archive.ts'
import { archiveFileName, type ListedArchive, listArchive, listedArchives } from './archive-manifest.ts'
import { filePath } from './argument.ts'
import { conflict } from './error.ts'
import { fileError } from './file-error.ts'
import { flush, isAlive } from './replacement.ts'

/** Where files are made before they are whole. */
const PARTIAL = '.partial'

/**
 * A folder with a file for each archive and a manifest that lists them. It must be there: one that was made when it is missing
 * would be on the wrong disk while the right one is not mounted. UNAVAILABLE when it cannot be written to, FULL when there is
 * no room, CONFLICT when another file has the name; whatever happens, a file that has its name is whole.
 */
export function archiveFolder(path: string): ArchiveFolder {
  const folder = filePath(path, 'path')
  let opening: Promise<void> | undefined

  async function opened(): Promise<void> {
    opening ??= tidy(folder)
    await opening.catch((error: unknown) => {
      opening = undefined
      throw error
    })
  }

  return {
    async keep(archive, compressed) {
      const file = archiveFileName(archive)
      try {
        await opened()
        const isNew = await put(folder, file, compressed)
        if (isNew || !(await isListed(folder, file))) await listArchive(folder, listed(archive, file))
      } catch (error) {
        throw fileError(error, `Keeping the archive of run ${archive.runId} in ${folder}`)
      }
    },
  }
}

const listed = (
  { runId, archivedAt, bytes, bundleBytes, checksum }: Archive,
  file: string,
): ListedArchive => ({
  runId,
  file,
  archivedAt,
  bytes,
  bundleBytes,
  checksum,
})

/** False when the file is there already. The name is the file's only when all of it is on the disk. */
async function put(folder: string, name: string, content: Uint8Array): Promise<boolean> {
  const file = join(folder, name)
  const partial = join(folder, PARTIAL, `${hostname()}.${process.pid}.${randomUUID()}`)
  try {
    await write(partial, content)
    try {
      await link(partial, file)
    } catch (error) {
      if (await isThere(file, content)) return false
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error
      // Where a file cannot have two names.
      await rename(partial, file)
    }
    await flush(folder, 'r')
    return true
  } finally {
    await rm(partial, { force: true }).catch(() => undefined)
  }
}

async function write(path: string, content: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx')
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Whether a file is there and holds this. CONFLICT when it holds something else. */
async function isThere(file: string, content: Uint8Array): Promise<boolean> {
  const found = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (found && !found.equals(content)) throw conflict(`${file} is there and holds something else`)
  return found !== undefined
}

/** Whoever was killed behind the file had not come to the manifest. */
async function isListed(folder: string, file: string): Promise<boolean> {
  for await (const listed of listedArchives(folder)) if (listed.file === file) return true
  return false
}

/** Removes what processes of this machine that were killed have left. */
async function tidy(folder: string): Promise<void> {
  const partial = join(folder, PARTIAL)
  await mkdir(partial).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const begin = `${hostname()}.`
  for (const name of await readdir(partial)) {
    const pid = Number(name.slice(begin.length).split('.')[0])
    if (name.startsWith(begin) && !isAlive(pid)) await rm(join(partial, name), { force: true })
  }
}
