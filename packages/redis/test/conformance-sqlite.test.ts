import { describeStore, type Place } from '@consensus-store/conformance'
import type { ConsensusStore } from '@consensus-store/core'
import { sqliteStore } from '@consensus-store/sqlite'
import { damageablePlace, placeAt, restore } from '../../sqlite/test/places.ts'
import { temporaryFile } from '../../sqlite/test/temporary.ts'
import { cached, STALE_ROUTES_MS } from './cached.ts'
import { redisForFile } from './databases.ts'

const redis = redisForFile()

const behindCache = async (store: Promise<ConsensusStore>) => cached(await store, { redis: redis() })

const placeBehindCache = <P extends Place>(place: P): P => ({
  ...place,
  open: (options) => behindCache(place.open(options)),
  opener: new URL('./opener.ts', import.meta.url),
  location: `${redis()} ${place.location}`,
})

describeStore('sqlite with a routing cache', {
  staleRoutesMs: STALE_ROUTES_MS,
  open: (options) => behindCache(sqliteStore({ path: temporaryFile(), ...options })),
  restore: (file, options) => behindCache(restore(file, options)),
  place: async () => placeBehindCache(placeAt(temporaryFile())),
  damageable: async () => placeBehindCache(damageablePlace(temporaryFile())),
})
