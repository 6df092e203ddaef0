import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    plan: async (right) => ({ ...right, run: right.run && { ...right.run, archivedAt: undefined } }),
  })
})

import './damage-suites.ts'
