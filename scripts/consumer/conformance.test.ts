// The suite as a stranger runs it: from the packed conformance package, with processes of its own.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStore, describeSuites, type OpenOptions, type Subject } from '@consensus-store/conformance'
import { memoryStore } from '@consensus-store/memory'
import { restoreSqliteBackup, sqliteStore } from '@consensus-store/sqlite'
import { onTestFinished } from 'vitest'

/** A folder that goes with the test. */
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'consensus-store-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

describeStore('memory', { open: async (options) => memoryStore(options) })

// All of it passes in the workspace; what it asks of files, threads and processes is what another Node and built packages may change.
const ofTheRuntime = [
  'opening',
  'archives',
  'archivedRuns',
  'arrivals',
  'watching',
  'damagedArchives',
  'reclaiming',
  'backups',
  'health',
  'upkeep',
  'callbacks',
  'restarting',
  'sharing',
  'killing',
] as const

const sqlite: Subject = {
  open: async (options) => sqliteStore({ path: ':memory:', ...options }),
  async restore(file, options) {
    const path = join(await newFolder(), 'restored.db')
    await restoreSqliteBackup({ file, path })
    return sqliteStore({ path, ...options })
  },
  async place() {
    const location = join(await newFolder(), 'consensus.db')
    return {
      location,
      opener: new URL('./opener.js', import.meta.url),
      open: async (options?: OpenOptions) => sqliteStore({ path: location, ...options }),
      async [Symbol.asyncDispose]() {},
    }
  },
}

describeSuites('sqlite', sqlite, ofTheRuntime)
