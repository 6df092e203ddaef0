import { vi } from 'vitest'

vi.mock(import('../../src/routing-cache.ts'), async (original) => {
  const { withRoutingCache } = await original()
  return {
    withRoutingCache: (store, options) => ({
      ...withRoutingCache(store, options),
      archives: store.archives,
    }),
  }
})

import './routing-suites.ts'
