import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    plan: async (restoration) => ({
      ...restoration,
      executions: restoration.executions.map((execution) => ({ ...execution, bodyAt: undefined })),
    }),
  })
})

import './damage-suites.ts'
