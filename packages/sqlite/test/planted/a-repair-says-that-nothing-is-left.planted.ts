import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    rebuild: async (right, _, options) => ({ ...(await right(options)), left: [] }),
  })
})

import './damage-suites.ts'
