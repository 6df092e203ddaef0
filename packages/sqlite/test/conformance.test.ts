import { describeStore } from '@consensus-store/conformance'
import { sqliteStore } from '@consensus-store/sqlite'
import { damageablePlace, placeAt, restore } from './places.ts'
import { temporaryFile } from './temporary.ts'

describeStore('sqlite in memory', {
  open: (options) => sqliteStore({ path: ':memory:', ...options }),
  restore,
})

for (const durability of ['normal', 'full'] as const) {
  describeStore(`sqlite in a file, with ${durability} durability`, {
    open: (options) => sqliteStore({ path: temporaryFile(), durability, ...options }),
    restore,
    place: async () => placeAt(temporaryFile(), durability),
    damageable: async () => damageablePlace(temporaryFile(), durability),
  })
}
