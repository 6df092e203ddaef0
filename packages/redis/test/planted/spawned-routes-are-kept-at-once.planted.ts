import { vi } from 'vitest'

vi.mock(import('../../src/routing-cache.ts'), async (original) => {
  const { withRoutingCache } = await original()
  const { keepingWhatIsSpawned } = await import('./keeping-what-is-spawned.ts')
  return {
    withRoutingCache: (store, options) => keepingWhatIsSpawned(withRoutingCache(store, options), options),
  }
})

import './routing-suites.ts'
