import { describeSuites } from '@consensus-store/conformance'
import { sqliteStore } from '@consensus-store/sqlite'
import { placeAt } from '../places.ts'
import { temporaryFile } from '../temporary.ts'

// The suite that compares what health says with what can be seen from outside, over files.
describeSuites(
  'suite',
  {
    open: (options) => sqliteStore({ path: temporaryFile(), ...options }),
    place: async () => placeAt(temporaryFile()),
  },
  ['health'],
)
