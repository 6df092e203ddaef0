import { describeStore } from '@consensus-store/conformance'
import { sqliteStore } from '@consensus-store/sqlite'
import { damageablePlace, newFile, placeAt, restore } from './places.ts'

describeStore('sqlite in memory', {
  open: (options) => sqliteStore({ path: ':memory:', ...options }),
  restore,
})

for (const durability of ['normal', 'full'] as const) {
  describeStore(`sqlite in a file, with ${durability} durability`, {
    open: (options) => sqliteStore({ path: newFile(), durability, ...options }),
    restore,
    place: async () => placeAt(newFile(), durability),
    damageable: async () => damageablePlace(newFile(), durability),
  })
}
