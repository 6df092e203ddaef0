import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What testcontainers locks, it leaves. */
const OF_OTHERS = /^testcontainers-node-\d+\.lock$/

/** A `globalSetup` of Vitest: a run has a temporary folder of its own, and fails when anybody has left something there. */
export default function setup(): () => void {
  const before = process.env.TMPDIR
  const folder = mkdtempSync(join(tmpdir(), 'consensus-store-run-'))
  // A server that does not run as this user has its data in there.
  chmodSync(folder, 0o711)
  process.env.TMPDIR = folder
  return () => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    const left = readdirSync(folder).filter((name) => !OF_OTHERS.test(name))
    rmSync(folder, { recursive: true, force: true })
    if (left.length > 0) throw new Error(`These tests leave in the temporary folder: ${left.join(', ')}`)
  }
}
