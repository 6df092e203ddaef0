import { rmSync, statSync } from 'node:fs'
import type { DamageablePlace, OpenOptions, Place } from '@consensus-store/conformance'
import { restoreSqliteBackup, sqliteStore } from '@consensus-store/sqlite'
import { beneath } from './beneath.ts'
import { temporaryFile } from './temporary.ts'

/** How the suite opens a store that a backup was restored to. */
export async function restore(file: string, options?: OpenOptions) {
  const path = temporaryFile()
  await restoreSqliteBackup({ file, path })
  return sqliteStore({ path, ...options })
}

type Durability = 'normal' | 'full'

export function placeAt(location: string, durability: Durability = 'normal'): Place {
  return {
    open: (options?: OpenOptions) => sqliteStore({ path: location, durability, ...options }),
    bytes: async () => bytesAt(location),
    opener: new URL('./opener.ts', import.meta.url),
    location,
    async [Symbol.asyncDispose]() {
      for (const end of ['', '-wal', '-shm']) rmSync(`${location}${end}`, { force: true })
    },
  }
}

/** As any other program sees it. */
const bytesAt = (location: string) =>
  ['', '-wal', '-shm'].reduce(
    (bytes, end) => bytes + (statSync(`${location}${end}`, { throwIfNoEntry: false })?.size ?? 0),
    0,
  )

export const damageablePlace = (location: string, durability?: Durability): DamageablePlace => ({
  ...placeAt(location, durability),
  ...beneath(location),
})
