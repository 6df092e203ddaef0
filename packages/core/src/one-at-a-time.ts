import { mkdir, rmdir, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { conflict } from './error.ts'
import { attended, isOver } from './partial.ts'

/** Milliseconds between two signs of life of who has a lock, which is held for less than that as a rule. */
const TOUCHED_EVERY_MS = 1_000
/** Milliseconds without one after which it is one that was left behind. */
const LEFT_AFTER_MS = 5_000
const LOOK_EVERY_MS = 10

/** Does what processes must not do at once to a path, which takes them milliseconds. What was killed at it holds up nobody for long. */
export async function oneAtATime<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`
  while (!(await isMade(lock))) {
    const found = await stat(lock).catch(() => undefined)
    if (found && !found.isDirectory()) throw conflict(`${lock} is in the way, and stays as it is`)
    if (found && isOver(found.mtimeMs, LEFT_AFTER_MS)) await remove(lock)
    else await sleep(LOOK_EVERY_MS)
  }
  try {
    return await attended(lock, work, TOUCHED_EVERY_MS)
  } finally {
    // What stays of it is taken for what somebody left who was killed.
    await remove(lock).catch(() => undefined)
  }
}

/** A folder, because that is made by one only, and takes no room that may be missing. */
const isMade = (lock: string): Promise<boolean> => unless('EEXIST', mkdir(lock))
const remove = (lock: string): Promise<boolean> => unless('ENOENT', rmdir(lock))

async function unless(code: string, done: Promise<void>): Promise<boolean> {
  try {
    await done
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return false
    throw error
  }
}
