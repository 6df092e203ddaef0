import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const core = await original()
  return {
    ...core,
    retentionOver(holdings, env) {
      const { plan, apply } = core.retentionOver(holdings, env)
      // Without a folder, retention looks into no archive that it deletes.
      return { plan, apply: (policy, { folder: _, ...options } = {}) => apply(policy, options) }
    },
  }
})

import './damage-suites.ts'
