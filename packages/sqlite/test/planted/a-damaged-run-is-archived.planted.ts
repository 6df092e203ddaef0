import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  const core = await original()
  return spoiled(core, {
    depot: (right) => ({
      async read(runId) {
        const seen = await right.read(runId)
        if (!seen) return undefined
        const told = core.fold(runId, seen.bundle.events)
        const artifacts = seen.bundle.artifacts.map((each) => ({ ...each, ...told.artifacts.get(each.id) }))
        return { ...seen, bundle: { ...seen.bundle, run: told.run, artifacts } }
      },
    }),
  })
})

import './damage-suites.ts'
