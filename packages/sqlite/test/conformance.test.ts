import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStore, type OpenOptions } from '@consensus-store/conformance'
import { sqliteStore } from '@consensus-store/sqlite'
import { afterAll } from 'vitest'
import { beneath } from './beneath.ts'

const folder = mkdtempSync(join(tmpdir(), 'consensus-store-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const newFile = () => join(folder, `${++files}.db`)

describeStore('sqlite in memory', { open: (options) => sqliteStore({ path: ':memory:', ...options }) })

for (const durability of ['normal', 'full'] as const) {
  describeStore(`sqlite in a file, with ${durability} durability`, {
    open: (options) => sqliteStore({ path: newFile(), durability, ...options }),
    place: async () => placeAt(newFile(), durability),
    async damageable() {
      const place = placeAt(newFile(), durability)
      return { ...place, ...beneath(place.location) }
    },
  })
}

function placeAt(location: string, durability: 'normal' | 'full') {
  return {
    open: (options?: OpenOptions) => sqliteStore({ path: location, durability, ...options }),
    opener: new URL('./opener.ts', import.meta.url),
    location,
    async [Symbol.asyncDispose]() {
      for (const end of ['', '-wal', '-shm']) rmSync(`${location}${end}`, { force: true })
    },
  }
}
