import { describeSuites } from '@consensus-store/conformance'
import { sqliteStore } from '@consensus-store/sqlite'
import { damageablePlace, placeAt } from '../places.ts'
import { temporaryFile } from '../temporary.ts'

// The suites that look into damaged stores, over one that can be damaged.
describeSuites(
  'suite',
  {
    open: (options) => sqliteStore({ path: temporaryFile(), ...options }),
    place: async () => placeAt(temporaryFile()),
    damageable: async () => damageablePlace(temporaryFile()),
  },
  ['verifying', 'damaged', 'damagedArchives', 'damagedRetention', 'rebuilding', 'sealing', 'health'],
)
