import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const core = await original()
  return {
    ...core,
    async checkUp(...args) {
      const said = await core.checkUp(...args)
      return {
        ...said,
        space: said.space && { ...said.space, bytes: said.space.bytes - said.space.walBytes },
      }
    },
  }
})

import './health-suite.ts'
