import { vi } from 'vitest'

vi.mock(import('../../src/fill-script.ts'), () => ({
  async fill(client, keys, _lease, ttlMs, entries) {
    for (const [i, key] of keys.entries()) if (entries[i]) await client.set(key, entries[i], 'PX', ttlMs)
    return 0
  },
}))

import './routing-suites.ts'
