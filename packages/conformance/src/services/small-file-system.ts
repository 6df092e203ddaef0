import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of its own with little room, for tests of what becomes of a store when that is used up. Disposing removes it. */
export interface SmallFileSystem extends Disposable {
  readonly folder: string
  /** Takes all room but for so many bytes, until it is disposed of. */
  fill(leftBytes?: number): Disposable
}

/** Rejects with what to do when this process may not mount one. */
export function smallFileSystem(bytes: number): SmallFileSystem {
  const folder = mkdtempSync(join(tmpdir(), 'consensus-store-small-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'pipe' })
  } catch (error) {
    rmdirSync(folder)
    throw new Error(
      `A file system of ${bytes} bytes cannot be mounted, without which nobody knows what a full disk does: ` +
        `run these tests as root on Linux, or in a container with the capability SYS_ADMIN (${(error as Error).message.trim()})`,
    )
  }
  return {
    folder,

    fill(leftBytes = 0) {
      const path = join(folder, 'ballast')
      const file = openSync(path, 'w')
      const block = Buffer.alloc(4_096, 1)
      while (roomIn(folder) > leftBytes) writeSync(file, block)
      closeSync(file)
      return { [Symbol.dispose]: () => rmSync(path) }
    },

    [Symbol.dispose]() {
      // Also while somebody still has a file open there.
      execFileSync('umount', ['--lazy', folder])
      rmdirSync(folder)
    },
  }
}

function roomIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
