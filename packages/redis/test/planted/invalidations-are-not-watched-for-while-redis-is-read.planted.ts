import { vi } from 'vitest'

vi.mock(import('../../src/near-tier.ts'), async (original) => {
  const { nearTier } = await original()
  return {
    nearTier: (options) => {
      const right = nearTier(options)
      const { watch } = right
      // Begun when the answer is there, a watch sees nothing of what happened before.
      const late: typeof watch = (agentIds) => ({
        keep(route) {
          const begun = watch(agentIds)
          begun?.keep(route)
          begun?.end()
        },
        end: () => {},
      })
      return Object.assign(right, { watch: late })
    },
  }
})

import '../near.test.ts'
