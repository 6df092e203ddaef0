import { describeStore } from '@consensus-store/conformance'
import { sqliteStore } from '@consensus-store/sqlite'
import { damageablePlace, newFile, placeAt } from './places.ts'

describeStore('sqlite in memory', { open: (options) => sqliteStore({ path: ':memory:', ...options }) })

for (const durability of ['normal', 'full'] as const) {
  describeStore(`sqlite in a file, with ${durability} durability`, {
    open: (options) => sqliteStore({ path: newFile(), durability, ...options }),
    place: async () => placeAt(newFile(), durability),
    damageable: async () => damageablePlace(newFile(), durability),
  })
}
