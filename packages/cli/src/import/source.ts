import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { StoreError } from '@consensus-store/core'
import { bundleLines, linesOfFile } from './bundle-lines.ts'
import { evidence } from './evidence.ts'
import { legacy } from './legacy.ts'
import type { BundleSource, RowSource } from './unit.ts'

/** What `path` holds: a folder of evidence, a legacy database, or the lines of an export; `-` is standard input. */
export function openSource(
  path: string,
  { cwd, stdin }: { cwd: string; stdin: Readable },
): RowSource | BundleSource {
  if (path === '-') return bundleLines('-', stdin)
  const full = resolve(cwd, path)
  const stats = statsOf(full, path)
  if (stats.isDirectory()) return evidence(full)
  // What is read from a pipe is gone, so there is no looking at it first.
  if (!stats.isFile()) return bundleLines(path, linesOfFile(full))
  if (/\.json$|_telemetry\.jsonl$/i.test(path)) return evidence(full)
  const start = startOf(full, path)
  if (start.startsWith('SQLite format 3\0')) return legacy(full)
  if (/\.(db|sqlite3?)$/i.test(path)) throw new StoreError('CORRUPT', `${path} is not a database`)
  if (!/^\s*(\{|$)/.test(start)) {
    throw new StoreError('CORRUPT', `${path} is neither a database nor the lines of an export`)
  }
  return bundleLines(path, linesOfFile(full))
}

function statsOf(full: string, path: string): Stats {
  try {
    return statSync(full)
  } catch (error) {
    throw unavailable(path, error)
  }
}

function startOf(full: string, path: string): string {
  const start = Buffer.alloc(64)
  try {
    const file = openSync(full, 'r')
    try {
      return start.toString('latin1', 0, readSync(file, start))
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw unavailable(path, error)
  }
}

function unavailable(path: string, error: unknown): StoreError {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
  const problem = missing ? 'is not there' : `cannot be read: ${(error as Error).message}`
  return new StoreError('UNAVAILABLE', `${path} ${problem}`, { cause: error })
}
