import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from './temporary.ts'

/** A folder on a file system of its own with so much room, gone when the test ends. */
export function smallFileSystem(bytes: number): string {
  const folder = temporaryFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'pipe' })
  } catch (error) {
    throw new Error(
      `A file system of ${bytes} bytes cannot be mounted, without which nobody knows what a full disk does: ` +
        `run these tests as root on Linux, or in a container with the capability SYS_ADMIN (${(error as Error).message.trim()})`,
    )
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]))
  return folder
}

/** Fills a file system but for so many bytes; disposing gives the room back. */
export function filled(folder: string, left = 0): Disposable {
  const path = join(folder, 'ballast')
  const file = openSync(path, 'w')
  const block = Buffer.alloc(4_096, 1)
  const room = () => {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  }
  while (room() > left) writeSync(file, block)
  closeSync(file)
  return { [Symbol.dispose]: () => rmSync(path) }
}
