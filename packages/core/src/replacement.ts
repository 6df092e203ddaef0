import { randomUUID } from 'node:crypto'
import { link, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { conflict } from './error.ts'
import { fileError } from './file-error.ts'

/**
 * Has a file made under a temporary name beside `file`, and puts it in its place when it is on the disk, as one step: whoever
 * looks, however this ends, finds the file that was there or the whole new one. The one that was there becomes `<file>.1`,
 * that one `<file>.2`, up to `keep` in all. When it fails nothing is left of what was made.
 */
export async function replaceKeeping<T>(
  file: string,
  keep: number,
  make: (temporary: string) => Promise<T>,
): Promise<T> {
  return wholly(file, make, async (temporary) => {
    await rotate(file, keep, temporary)
    await rename(temporary, file)
  })
}

/** The same for a file that must not be there yet: CONFLICT when it is, also when it came about meanwhile. */
export async function createWhole<T>(file: string, make: (temporary: string) => Promise<T>): Promise<T> {
  return wholly(file, make, async (temporary) => {
    try {
      await link(temporary, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' || (await inode(file)))
        throw conflict(`There is something at ${file} already`)
      // Where a file cannot have two names.
      await rename(temporary, file)
    }
    await rm(temporary, { force: true })
  })
}

async function wholly<T>(
  file: string,
  make: (temporary: string) => Promise<T>,
  put: (temporary: string) => Promise<void>,
): Promise<T> {
  const temporary = `${file}.${hostname()}.${process.pid}.${randomUUID()}.partial`
  try {
    await removeAbandoned(file)
    const made = await make(temporary)
    await flush(temporary, 'r+')
    await put(temporary)
    await flush(dirname(file), 'r')
    return made
  } catch (error) {
    for (const left of BESIDE) await rm(`${temporary}${left}`, { force: true }).catch(() => undefined)
    throw fileError(error, `Writing ${file}`)
  }
}

/** What may stand beside a file that is being made: a database has files of its own. */
const BESIDE = ['', '-journal', '-wal', '-shm']

/** Removes what processes of this machine that were killed have left. */
async function removeAbandoned(file: string): Promise<void> {
  const folder = dirname(file)
  const begin = `${basename(file)}.${hostname()}.`
  for (const name of await readdir(folder)) {
    if (!name.startsWith(begin)) continue
    const [, pid] =
      /^(\d+)\.[0-9a-f-]{36}\.partial(?:-journal|-wal|-shm)?$/.exec(name.slice(begin.length)) ?? []
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(folder, name), { force: true })
  }
}

/** Whether a process of this machine is still there. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
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
 * Makes room at `<file>.1` and keeps there what is at `file`, which stays in its place until it is replaced. Only the files in
 * front of a gap move, so that a rotation which was cut short, and is done again, pushes none out for nothing.
 */
async function rotate(file: string, keep: number, temporary: string): Promise<void> {
  const at = (i: number) => (i === 0 ? file : `${file}.${i}`)
  if (keep === 1 || !(await inode(file)) || (await inode(file)) === (await inode(at(1)))) return
  let gap = 1
  while (gap < keep - 1 && (await inode(at(gap)))) gap += 1
  for (let i = gap; i > 1; i--) await rename(at(i - 1), at(i))
  const second = `${temporary}-journal`
  try {
    await link(file, second)
  } catch {
    // Where a file cannot have two names it is missing for a moment.
    await rename(file, at(1))
    return
  }
  await rename(second, at(1))
}

const inode = (path: string): Promise<string | undefined> =>
  stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev} ${ino}`,
    () => undefined,
  )
