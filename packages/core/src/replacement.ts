import { chmod, link, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { conflict } from './error.ts'
import { fileError } from './file-error.ts'
import { followLinks } from './follow-links.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { attended, partialOf, removeAbandoned, removePartial } from './partial.ts'

/** What is to become of older files. */
export interface Keeping {
  /** How many there are to be in all. */
  readonly keep: number
  /** Rejects when what is at a path may not go, nor move. Asked before the new one is made, and again before it takes its place. */
  readonly mayReplace: (path: string) => Promise<void>
  /** The permissions of the new one where none is replaced; those of any new file when it is not given. */
  readonly mode?: number | undefined
}

/**
 * Has a file made under a temporary name beside `file`, and puts it in its place when it is on the disk, as one step: whoever
 * looks, however this ends, finds the file that was there or the whole new one. The one that was there becomes `<file>.1`,
 * that one `<file>.2`, up to `keep` in all; its permissions are kept, and a link is followed. When it fails nothing is left of
 * what was made. Several at once put theirs in place one after the other.
 */
export async function replaceKeeping<T>(
  file: string,
  { keep, mayReplace, mode }: Keeping,
  make: (temporary: string) => Promise<T>,
): Promise<T> {
  return translated(file, async () => {
    const target = followLinks(file)
    const mustBeReplaceable = async () => {
      const places = await placesOf(target, keep)
      for (const place of places) await mayReplace(place)
      return places
    }
    await mustBeReplaceable()
    const before = (await stat(target).catch(() => undefined))?.mode ?? mode
    return wholly(target, before && before & PERMISSIONS, make, (temporary) =>
      oneAtATime(target, async () => {
        const places = await mustBeReplaceable()
        await rotate(places, temporary)
        await rename(temporary, target)
      }),
    )
  })
}

/** The same for a file that must not be there yet: CONFLICT when it is, also when it came about meanwhile. */
export async function createWhole<T>(file: string, make: (temporary: string) => Promise<T>): Promise<T> {
  return translated(file, () =>
    wholly(file, undefined, make, async (temporary) => {
      try {
        await link(temporary, file)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST' || (await inode(file)))
          throw conflict(`There is something at ${file} already`)
        // Where a file cannot have two names.
        await rename(temporary, file)
      }
      await rm(temporary, { force: true })
    }),
  )
}

async function translated<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw fileError(error, `Writing ${file}`)
  }
}

const WRITABLE = 0o600
const PERMISSIONS = 0o777

async function wholly<T>(
  file: string,
  mode: number | undefined,
  make: (temporary: string) => Promise<T>,
  put: (temporary: string) => Promise<void>,
): Promise<T> {
  const temporary = partialOf(file)
  try {
    await removeAbandoned(dirname(file), basename(file))
    // Nobody may read it while it is made who may not read it in the end.
    await (await open(temporary, 'wx', mode === undefined ? undefined : mode | WRITABLE)).close()
    const made = await attended(temporary, () => make(temporary))
    await flush(temporary, 'r+')
    if (mode !== undefined) await chmod(temporary, mode)
    await put(temporary)
    await flush(dirname(file), 'r')
    return made
  } catch (error) {
    await removePartial(temporary)
    throw error
  }
}

/** Has a file, or what a folder lists, on the disk. */
export async function flush(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * The place of a file, and those that the ones before it move to, the last of which may go. Only the files in front of a gap
 * move, so that a rotation which was cut short, and is done again, pushes none out for nothing.
 */
async function placesOf(file: string, keep: number): Promise<readonly string[]> {
  const places = [file]
  if (keep === 1 || !(await inode(file)) || (await inode(file)) === (await inode(`${file}.1`))) return places
  for (let i = 1; i < keep; i++) {
    places.push(`${file}.${i}`)
    if (!(await inode(places[i]!))) break
  }
  return places
}

/** Makes room at the second place and keeps there what is at the first, which stays in its place until it is replaced. */
async function rotate([file, ...before]: readonly string[], temporary: string): Promise<void> {
  for (let i = before.length - 1; i > 0; i--) await rename(before[i - 1]!, before[i]!)
  const [second] = before
  if (file === undefined || second === undefined) return
  const linked = `${temporary}-link`
  try {
    await link(file, linked)
  } catch {
    // Where a file cannot have two names it is missing for a moment.
    await rename(file, second)
    return
  }
  await rename(linked, second)
}

const inode = (path: string): Promise<string | undefined> =>
  stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev} ${ino}`,
    () => undefined,
  )
