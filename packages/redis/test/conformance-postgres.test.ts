import { describeStore, type OpenOptions } from '@consensus-store/conformance'
import { postgresStore } from '@consensus-store/postgres'
import { beneath, bytesOf } from '../../postgres/test/beneath.ts'
import { cached, STALE_ROUTES_MS } from './cached.ts'
import { postgresForFile, redisForFile } from './databases.ts'

const redis = redisForFile()
const postgres = postgresForFile()

let schemas = 0
const newSchema = () => `s${++schemas}`
const openAt = async (schema: string, options?: OpenOptions) =>
  cached(await postgresStore({ url: postgres(), schema, ...options }), { redis: redis() })

describeStore('postgres with a routing cache', {
  staleRoutesMs: STALE_ROUTES_MS,
  open: (options) => openAt(newSchema(), options),
  place: async () => placeIn(newSchema()),
  async damageable() {
    const schema = newSchema()
    return { ...placeIn(schema), ...beneath(postgres(), schema) }
  },
})

function placeIn(schema: string) {
  return {
    open: (options?: OpenOptions) => openAt(schema, options),
    bytes: () => bytesOf(postgres(), schema),
    opener: new URL('./opener.ts', import.meta.url),
    location: `${redis()} ${postgres()} ${schema}`,
    async [Symbol.asyncDispose]() {},
  }
}
