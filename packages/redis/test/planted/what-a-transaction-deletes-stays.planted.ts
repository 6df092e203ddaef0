import { vi } from 'vitest'

vi.mock(import('../../src/routing-cache.ts'), async (original) => {
  const { withRoutingCache } = await original()
  return {
    withRoutingCache: (store, options) => ({
      ...withRoutingCache(store, options),
      transaction: store.transaction,
    }),
  }
})

import './routing-suites.ts'
