import { describeSuites } from '@consensus-store/conformance'
import type { ConsensusStore } from '@consensus-store/core'
import { sqliteStore } from '@consensus-store/sqlite'
import { placeAt } from '../places.ts'
import { temporaryFile } from '../temporary.ts'

const MIB = 1024 * 1024

/** Holds together in itself; only who looks at the file sees that nothing was given back. */
async function lying(opened: Promise<ConsensusStore>): Promise<ConsensusStore> {
  const store = await opened
  let before = 10 * MIB
  return {
    ...store,
    async reclaim() {
      const said = { before, after: 8 * MIB, converted: false, unconverted: 0 }
      before = said.after
      return said
    },
  }
}

describeSuites(
  'suite',
  {
    open: (options) => lying(sqliteStore({ path: temporaryFile(), ...options })),
    async place() {
      const place = placeAt(temporaryFile())
      return { ...place, open: (options) => lying(place.open(options)) }
    },
  },
  ['reclaiming'],
)
