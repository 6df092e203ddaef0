import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    look: () => ({ bodiesAfter: async () => [] }),
  })
})

import './damage-suites.ts'
