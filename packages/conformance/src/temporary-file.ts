import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let folder: string | undefined
let files = 0

/** A path that nobody else was given. What is made there, or beside it, goes with this process. */
export function temporaryFile(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'consensus-store-test-'))
    process.on('exit', () => rmSync(made, { recursive: true, force: true }))
    folder = made
  }
  return join(folder, String(++files))
}
