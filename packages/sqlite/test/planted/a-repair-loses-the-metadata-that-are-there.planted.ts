import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    plan: async (restoration) => ({
      ...restoration,
      artifacts: restoration.artifacts.map((artifact) => ({ ...artifact, metadata: 'null' })),
    }),
  })
})

import './damage-suites.ts'
