import { describeSuites } from '@consensus-store/conformance'
import { sqliteStore } from '@consensus-store/sqlite'
import { damageablePlace, newFile, placeAt } from '../places.ts'

// The suite that damages snapshots, over a store that can be damaged.
describeSuites(
  'suite',
  {
    open: (options) => sqliteStore({ path: newFile(), ...options }),
    place: async () => placeAt(newFile()),
    damageable: async () => damageablePlace(newFile()),
  },
  ['snapshots'],
)
