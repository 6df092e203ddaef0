import { describeSuites } from '@consensus-store/conformance'
import { sqliteStore } from '@consensus-store/sqlite'
import { placeAt } from '../places.ts'
import { temporaryFile } from '../temporary.ts'

// The suite that looks from outside at what is given back, over files.
describeSuites(
  'suite',
  {
    open: (options) => sqliteStore({ path: temporaryFile(), ...options }),
    place: async () => placeAt(temporaryFile()),
  },
  ['reclaiming'],
)
