import { describeSuites } from '@consensus-store/conformance'
import { sqliteStore } from '@consensus-store/sqlite'
import { damageablePlace, newFile, placeAt } from '../places.ts'

// The suites that look into damaged stores, over one that can be damaged.
describeSuites(
  'suite',
  {
    open: (options) => sqliteStore({ path: newFile(), ...options }),
    place: async () => placeAt(newFile()),
    damageable: async () => damageablePlace(newFile()),
  },
  ['verifying', 'damaged', 'damagedArchives', 'rebuilding', 'sealing', 'health'],
)
