import { describeSuites } from '@consensus-store/conformance'
import { memoryStore } from '@consensus-store/memory'
import { cached } from '../cached.ts'
import { redisForFile } from '../databases.ts'

// What every store is held to finds most faults of a cache; these need no test of this package.
const redis = redisForFile()
describeSuites('suite', { open: async (options) => cached(memoryStore(options), { redis: redis() }) }, [
  'routes',
  'routing',
  'routeRaces',
  'archives',
])
