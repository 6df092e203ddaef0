// The suite as a stranger runs it: from the packed conformance package, with processes of its own.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStore, type OpenOptions } from '@consensus-store/conformance'
import { memoryStore } from '@consensus-store/memory'
import { restoreSqliteBackup, sqliteStore } from '@consensus-store/sqlite'

describeStore('memory', { open: async (options) => memoryStore(options) })

describeStore('sqlite', {
  open: async (options) => sqliteStore({ path: ':memory:', ...options }),
  async restore(file, options) {
    const path = join(await mkdtemp(join(tmpdir(), 'consensus-store-')), 'restored.db')
    await restoreSqliteBackup({ file, path })
    return sqliteStore({ path, ...options })
  },
  async place() {
    const folder = await mkdtemp(join(tmpdir(), 'consensus-store-'))
    const location = join(folder, 'consensus.db')
    return {
      location,
      opener: new URL('./opener.js', import.meta.url),
      open: async (options?: OpenOptions) => sqliteStore({ path: location, ...options }),
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    }
  },
})
