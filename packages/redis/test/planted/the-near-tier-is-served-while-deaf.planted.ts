import type { Route } from '@consensus-store/core'
import { vi } from 'vitest'

vi.mock(import('../../src/near-tier.ts'), async (original) => {
  const { nearTier } = await original()
  return {
    nearTier: (options) => {
      const right = nearTier(options)
      const { get, forget } = right
      const served = new Map<string, Route>()
      return Object.assign(right, {
        get(agentId: string) {
          const route = get(agentId) ?? served.get(agentId)
          if (route) served.set(agentId, route)
          return route
        },
        forget(agentId: string) {
          served.delete(agentId)
          forget(agentId)
        },
      })
    },
  }
})

import '../near.test.ts'
