import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    look: (right) => ({
      async kept(runId) {
        const kept = await right.kept(runId)
        return kept.archive ? { ...kept, executions: [], events: [], bodies: [] } : kept
      },
    }),
  })
})

import './damage-suites.ts'
