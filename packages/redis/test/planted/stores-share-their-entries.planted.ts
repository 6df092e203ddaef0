import { vi } from 'vitest'

vi.mock(import('../../src/routing-cache.ts'), async (original) => {
  const { withRoutingCache } = await original()
  return {
    withRoutingCache: (store, options) =>
      withRoutingCache({ ...store, identity: async () => 'everybody' }, options),
  }
})

import './routing-suites.ts'
