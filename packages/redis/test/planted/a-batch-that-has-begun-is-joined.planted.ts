import { vi } from 'vitest'

vi.mock(import('../../src/lookups.ts'), async (original) => {
  const { lookups } = await original()
  return {
    lookups: (options) => {
      const right = lookups(options)
      const looking = new Map<string, ReturnType<typeof right.find>>()
      return {
        ...right,
        find(agentId) {
          const joined = looking.get(agentId) ?? right.find(agentId)
          looking.set(agentId, joined)
          const forget = () => setImmediate(() => looking.delete(agentId))
          joined.then(forget, forget)
          return joined.then((route) => route && { ...route })
        },
      }
    },
  }
})

import './routing-suites.ts'
