import { describeSuites } from '@consensus-store/conformance'
import { sqliteStore } from '@consensus-store/sqlite'
import { damageablePlace, placeAt } from '../places.ts'
import { temporaryFile } from '../temporary.ts'

// The suite that damages snapshots, over a store that can be damaged.
describeSuites(
  'suite',
  {
    open: (options) => sqliteStore({ path: temporaryFile(), ...options }),
    place: async () => placeAt(temporaryFile()),
    damageable: async () => damageablePlace(temporaryFile()),
  },
  ['snapshots'],
)
