import { statSync } from 'node:fs'
import type { Finding, Health } from '@consensus-store/core'
import { SCHEMA_VERSION } from '@consensus-store/sql'
import type { Database } from 'better-sqlite3'
import type { Setting } from './settings.ts'

/** What the file and its connection say of themselves. Takes milliseconds at any size. */
export async function sqliteHealth(database: Database, settings: readonly Setting[]): Promise<Health> {
  const started = performance.now()
  try {
    const details = describe(database)
    const findings = settings.filter(({ wanted, actual }) => wanted !== actual).map(ignored)
    return {
      ok: !findings.some(({ severity }) => severity === 'error'),
      store: 'sqlite',
      latencyMs: performance.now() - started,
      findings,
      details: { ...details, ...Object.fromEntries(settings.map(({ name, actual }) => [name, actual])) },
    }
  } catch (error) {
    return {
      ok: false,
      store: 'sqlite',
      latencyMs: performance.now() - started,
      findings: [unreadable(error)],
      details: {},
    }
  }
}

function describe(database: Database) {
  const pragma = (name: string) => database.pragma(name, { simple: true }) as number
  const pages = pragma('page_count')
  const freePages = pragma('freelist_count')
  return {
    path: database.name,
    identity: database.prepare('select identity from store').pluck().get() as string,
    schemaVersion: SCHEMA_VERSION,
    sqliteVersion: database.prepare('select sqlite_version()').pluck().get() as string,
    pageSize: pragma('page_size'),
    pages,
    freePages,
    databaseBytes: fileBytes(database.name),
    walBytes: fileBytes(`${database.name}-wal`),
  }
}

const fileBytes = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0

const remedies: Readonly<Record<string, string>> = {
  auto_vacuum:
    'The file was made without it. Export the store and import it into a new file, so that freed space can be given back.',
  journal_mode:
    'Readers and writers now wait for each other. Keep the file on a local disk, not on a network share.',
}

const ignored = ({ name, wanted, actual }: Setting): Finding => ({
  severity: 'warning',
  subject: name,
  message: `${name} is ${actual}, not ${wanted}: SQLite did not take the setting`,
  remedy: remedies[name] ?? 'Check how this SQLite was built.',
})

const unreadable = (error: unknown): Finding => ({
  severity: 'error',
  subject: 'database',
  message: `The database does not answer: ${(error as Error).message}`,
  remedy: 'Check that the file is still where it was, and that its disk is well.',
})
