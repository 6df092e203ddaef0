import {
  closeSync,
  copyFileSync,
  fsyncSync,
  mkdtempSync,
  constants as modes,
  openSync,
  rmSync,
} from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '@consensus-store/sqlite'
import { fill } from './fill.ts'

/** Files for trials, in a temporary folder that goes with the process. */
export interface Workshop {
  /** The history of so many runs, made once. It is for everybody, so nobody may write to it. */
  history(runs: number): Promise<string>
  /** A copy of that history, to write to. */
  copy(runs: number): Promise<string>
  /** Removes a copy. */
  discard(path: string): void
}

export function workshop(): Workshop {
  const folder = mkdtempSync(join(tmpdir(), 'consensus-store-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]))
  }
  const made = new Map<number, Promise<string>>()
  let copies = 0

  async function make(runs: number): Promise<string> {
    const path = join(folder, `${runs}-runs.db`)
    const store = await sqliteStore({ path })
    await store.close()
    fill(path, runs)
    flush(path)
    return path
  }

  function history(runs: number): Promise<string> {
    const known = made.get(runs) ?? make(runs)
    made.set(runs, known)
    return known
  }

  return {
    history,

    async copy(runs) {
      const path = join(folder, `copy-${++copies}.db`)
      copyFileSync(await history(runs), path, modes.COPYFILE_FICLONE)
      flush(path)
      return path
    },

    discard(path) {
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
    },
  }
}

/** Puts a new file on the disk, or the first checkpoint would, within somebody's time. */
function flush(path: string): void {
  const file = openSync(path, 'r+')
  fsyncSync(file)
  closeSync(file)
}
