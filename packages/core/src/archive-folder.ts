import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Archive, ArchiveFolder } from './archive.ts'
import { archiveFileName, type ListedArchive, listArchive, listedArchives } from './archive-manifest.ts'
import { filePath } from './argument.ts'
import { conflict, StoreError } from './error.ts'
import { fileError } from './file-error.ts'
import { partialOf, removeAbandoned } from './partial.ts'
import { flush } from './replacement.ts'

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

  /** Once more when what was there before is gone: another disk may have been mounted there since. */
  async function inFolder<T>(work: () => Promise<T>): Promise<T> {
    await opened()
    try {
      return await work()
    } catch (error) {
      if (!isMissing(error)) throw error
      opening = undefined
      await opened()
      return work()
    }
  }

  return {
    async check() {
      try {
        await inFolder(() => tryOut(folder))
      } catch (error) {
        throw fileError(error, `Keeping archives in ${folder}`)
      }
    },

    async keep(archive, compressed) {
      const file = archiveFileName(archive)
      try {
        await inFolder(async () => {
          const isNew = await put(folder, file, compressed)
          if (isNew || !(await isListed(folder, file))) await listArchive(folder, listed(archive, file))
        })
      } catch (error) {
        throw fileError(error, `Keeping the archive of run ${archive.runId} in ${folder}`)
      }
    },
  }
}

/** Rejects as keeping an archive would, before anything is begun. A folder may be anybody's: what it throws is no error of the database. */
export async function mustKeep(folder: ArchiveFolder | undefined): Promise<void> {
  try {
    await folder?.check?.()
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw new StoreError('UNAVAILABLE', `The folder keeps no archives: ${(error as Error)?.message}`, {
      cause: error,
    })
  }
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'

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

/** Rejects when no file can be made where they are before they are whole. */
async function tryOut(folder: string): Promise<void> {
  const partial = partialIn(folder, 'check')
  try {
    await write(partial, Buffer.from('\n'))
  } finally {
    await rm(partial, { force: true }).catch(() => undefined)
  }
}

const partialIn = (folder: string, name: string) => partialOf(join(folder, PARTIAL, name))

/** False when the file is there already. The name is the file's only when all of it is on the disk. */
async function put(folder: string, name: string, content: Uint8Array): Promise<boolean> {
  const partial = partialIn(folder, name)
  try {
    await write(partial, content)
    const isNew = await link(partial, join(folder, name)).then(
      () => true,
      (error: unknown) => putWithoutLink(partial, join(folder, name), content, error),
    )
    // Also when it was there: who put it there may have been killed before this.
    await flush(folder, 'r')
    return isNew
  } finally {
    await rm(partial, { force: true }).catch(() => undefined)
  }
}

async function putWithoutLink(
  partial: string,
  file: string,
  content: Uint8Array,
  error: unknown,
): Promise<boolean> {
  if (await isThere(file, content)) return false
  if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error
  // Where a file cannot have two names.
  await rename(partial, file)
  return true
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

/** Removes what nobody is at any more. */
async function tidy(folder: string): Promise<void> {
  const partial = join(folder, PARTIAL)
  await mkdir(partial).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await removeAbandoned(partial)
}
