import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    rebuild: (right, _, options) => right({ ...options, untold: 'remove' }),
  })
})

import './damage-suites.ts'
