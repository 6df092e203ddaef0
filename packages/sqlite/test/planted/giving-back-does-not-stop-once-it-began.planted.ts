import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const core = await original()
  return {
    ...core,
    checkReclaim(options) {
      const checked = core.checkReclaim(options)
      return { ...checked, signal: undefined }
    },
  }
})

import './reclaiming-suite.ts'
