import { statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Setting, StoreError, type Vitals } from '@consensus-store/core'
import { SCHEMA_VERSION } from '@consensus-store/sql'
import type { Database } from 'better-sqlite3'
import { fileBytes, storeBytes } from './file-bytes.ts'

/** Nothing here waits for anybody. */
const PATIENCE_MS = 10_000

/** What the file and its connection say of themselves. */
export function fileVitals(
  database: Database,
  settings: readonly Setting[],
): Pick<Vitals, 'facts' | 'space' | 'unreachable' | 'patienceMs'> {
  const opened = fileId(database.name)
  const pragma = (name: string) => database.pragma(name, { simple: true }) as number
  const ask = (query: string) => database.prepare(query).pluck().get() as string

  return {
    patienceMs: PATIENCE_MS,

    async facts() {
      mustBeThere(database.name, opened)
      // A setting of the file is answered as of the last time anything was read from it.
      const identity = ask('select identity from store')
      const now = settings.map((setting) =>
        ofFile.includes(setting.name) ? { ...setting, actual: pragma(setting.name) } : setting,
      )
      return {
        settings: now,
        findings: [],
        ...(pragma('auto_vacuum') === 0 && { reclaimBy: 'consensus reclaim --convert' }),
        details: {
          path: database.name,
          identity,
          schemaVersion: SCHEMA_VERSION,
          sqliteVersion: ask('select sqlite_version()'),
          pageSize: pragma('page_size'),
          pages: pragma('page_count'),
          freePages: pragma('freelist_count'),
          databaseBytes: fileBytes(database.name),
          ...Object.fromEntries(now.map(({ name, actual }) => [name, actual])),
        },
      }
    },

    async space() {
      const { bavail, bsize } = await statfs(dirname(database.name))
      return {
        bytes: storeBytes(database.name),
        freeBytes: pragma('freelist_count') * pragma('page_size'),
        walBytes: fileBytes(`${database.name}-wal`),
        roomBytes: bavail * bsize,
      }
    },

    unreachable: (problem) => ({
      severity: 'error',
      subject: 'database',
      message: `The database does not answer: ${problem}`,
      remedy: 'Check that the file is still where it was, and that its disk is well.',
    }),
  }
}

/** Settings that belong to the file, where another connection may have changed them. */
const ofFile: readonly string[] = ['auto_vacuum', 'journal_mode']

/** A file that was removed or replaced still answers, and what is written to it goes when it is closed. */
function mustBeThere(path: string, opened: string | undefined): void {
  const found = fileId(path)
  if (found === opened) return
  throw new StoreError(
    'UNAVAILABLE',
    found === undefined ? `There is no file ${path} any more` : `${path} is another file than was opened`,
  )
}

function fileId(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true })
  return found && `${found.dev} ${found.ino}`
}
