import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const core = await original()
  return {
    ...core,
    async checkUp(store, vitals, ...args) {
      await vitals.rows()
      return core.checkUp(store, vitals, ...args)
    },
  }
})

import './damage-suites.ts'
