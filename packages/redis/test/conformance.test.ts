import { describeStore, describeSuites } from '@consensus-store/conformance'
import { memoryStore } from '@consensus-store/memory'
import { cached } from './cached.ts'
import { redisForFile } from './databases.ts'

const redis = redisForFile()

describeStore('memory with a routing cache', {
  open: async (options) => cached(memoryStore(options), { redis: redis() }),
})

for (const [where, tiers] of Object.entries({
  'in Redis only': { near: false },
  'in the process only': { shared: false },
} as const)) {
  describeSuites(
    `memory with a routing cache ${where}`,
    { open: async (options) => cached(memoryStore(options), { redis: redis(), ...tiers }) },
    ['routes', 'routing', 'deleting', 'transactions', 'visibility', 'copies', 'closing', 'health'],
  )
}
