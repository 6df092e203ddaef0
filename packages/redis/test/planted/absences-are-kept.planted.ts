import { vi } from 'vitest'

vi.mock(import('../../src/lookups.ts'), async (original) => {
  const { lookups } = await original()
  return {
    lookups: (options) => {
      const right = lookups(options)
      const absent = new Set<string>()
      return {
        ...right,
        async find(agentId) {
          if (absent.has(agentId)) return undefined
          const route = await right.find(agentId)
          if (!route) absent.add(agentId)
          return route
        },
      }
    },
  }
})

import './routing-suites.ts'
