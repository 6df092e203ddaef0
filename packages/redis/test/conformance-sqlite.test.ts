import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStore, type OpenOptions } from '@consensus-store/conformance'
import { restoreSqliteBackup, sqliteStore } from '@consensus-store/sqlite'
import { afterAll } from 'vitest'
import { cached, STALE_ROUTES_MS } from './cached.ts'
import { redisForFile } from './databases.ts'

const redis = redisForFile()
const folder = mkdtempSync(join(tmpdir(), 'consensus-store-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const newFile = () => join(folder, `${++files}.db`)
const openAt = async (path: string, options?: OpenOptions) =>
  cached(await sqliteStore({ path, ...options }), { redis: redis() })

describeStore('sqlite with a routing cache', {
  staleRoutesMs: STALE_ROUTES_MS,
  open: (options) => openAt(newFile(), options),
  async restore(file, options) {
    const path = newFile()
    await restoreSqliteBackup({ file, path })
    return openAt(path, options)
  },
  async place() {
    const path = newFile()
    return {
      open: (options?: OpenOptions) => openAt(path, options),
      opener: new URL('./opener.ts', import.meta.url),
      location: `${redis()} ${path}`,
      async [Symbol.asyncDispose]() {
        for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
      },
    }
  },
})
