import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    depot: (right) => ({
      read: (runId) =>
        right.read(runId).catch((error) => {
          if (/all of its events/.test(error.message)) return undefined
          throw error
        }),
    }),
  })
})

import './damage-suites.ts'
