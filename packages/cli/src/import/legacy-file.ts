import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreError, type StoreErrorCode } from '@consensus-store/core'
import Sqlite, { type Database } from 'better-sqlite3'

export interface LegacyFile {
  readonly db: Database
  /** The error in the terms of a store, when the database is what failed. */
  explained(error: unknown): unknown
  close(): void
}

/** Opens a database without changing it, its folder, or what another process sees of it. */
export function openLegacy(path: string): LegacyFile {
  let folder: string | undefined
  let db: Database | undefined

  const close = () => {
    db?.close()
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
  const explained = (error: unknown): unknown => {
    const code = error instanceof Sqlite.SqliteError ? codeOf(error) : undefined
    const message = `${path} cannot be read: ${(error as Error).message}`
    return code ? new StoreError(code, message, { cause: error }) : error
  }

  try {
    if (isWal(path) || SIDECARS.some((sidecar) => existsSync(path + sidecar))) {
      // Opening it would make files beside it, or change those there are; what was written last may be only in them.
      folder = mkdtempSync(join(tmpdir(), 'consensus-import-'))
      const copy = join(folder, 'legacy.db')
      for (const suffix of ['', ...SIDECARS]) {
        if (!existsSync(path + suffix)) continue
        copyFileSync(path + suffix, copy + suffix)
        chmodSync(copy + suffix, 0o600)
      }
      db = new Sqlite(copy)
    } else {
      db = new Sqlite(path, { readonly: true })
    }
    return { db, explained, close }
  } catch (error) {
    close()
    throw explained(error)
  }
}

const SIDECARS = ['-wal', '-journal']

/** Byte 18 is 2 in a database that keeps a write-ahead log. */
function isWal(path: string): boolean {
  const header = Buffer.alloc(20)
  const file = openSync(path, 'r')
  try {
    readSync(file, header)
  } finally {
    closeSync(file)
  }
  return header[18] === 2
}

function codeOf({ code }: { code: string }): StoreErrorCode {
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return 'CORRUPT'
  return /^SQLITE_(BUSY|LOCKED)/.test(code) ? 'BUSY' : 'UNAVAILABLE'
}
