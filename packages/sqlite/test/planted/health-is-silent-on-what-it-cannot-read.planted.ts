import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const core = await original()
  return {
    ...core,
    async checkUp(...args) {
      const said = await core.checkUp(...args)
      return core.summedUp(
        said,
        said.findings.filter(({ subject }) => subject !== 'database'),
      )
    },
  }
})

import './damage-suites.ts'
