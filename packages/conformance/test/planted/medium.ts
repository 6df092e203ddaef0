import { randomUUID } from 'node:crypto'
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  readSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A file of lines that several processes append to, one at a time. */
export interface Medium {
  /** Lines that were appended, here or elsewhere, since this was last called. */
  news(): Promise<readonly string[]>
  /** Appends lines that are all there once this resolves, and that `news` does not give here any more. */
  append(lines: readonly string[]): Promise<void>
  /** What everyone who comes here calls it. */
  identity(): string
  /** Does `work` while no other process does any. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

export function fileMedium(path: string): Medium {
  let seen = 0

  return {
    async news() {
      const text = textAfter(path, seen)
      // What comes after the last line end was cut off when its writer was killed, or is being written.
      const complete = text.slice(0, text.lastIndexOf('\n') + 1)
      seen += Buffer.byteLength(complete)
      return complete.split('\n').slice(0, -1)
    },

    async append(lines) {
      const text = lines.map((line) => `${line}\n`).join('')
      appendFileSync(path, text)
      seen += Buffer.byteLength(text)
    },

    identity() {
      const file = `${path}.identity`
      if (!existsSync(file)) makeAtOnce(file, randomUUID())
      return readFileSync(file, 'utf8')
    },

    async alone(work) {
      while (!take(`${path}.lock`)) await sleep(1 + Math.random())
      try {
        return await work()
      } finally {
        unlinkSync(`${path}.lock`)
      }
    },
  }
}

/** Makes a file with all its text, unless another has. */
function makeAtOnce(path: string, text: string): void {
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, text)
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
}

function textAfter(path: string, offset: number): string {
  const file = openSync(path, 'a+')
  try {
    const buffer = Buffer.alloc(fstatSync(file).size - offset)
    readSync(file, buffer, 0, buffer.length, offset)
    return buffer.toString()
  } finally {
    closeSync(file)
  }
}

/** False while the lock is held by a process that lives. */
function take(lock: string): boolean {
  // It is there with its holder's id or not at all, so that one who is killed meanwhile leaves none that nobody holds.
  const claim = `${lock}.${process.pid}`
  writeFileSync(claim, String(process.pid))
  try {
    linkSync(claim, lock)
    return true
  } catch {
    if (isHeld(lock)) return false
    unlinkSync(lock)
    return take(lock)
  }
}

function isHeld(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
