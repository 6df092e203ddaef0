import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  const core = await original()
  return spoiled(core, {
    look: (right) => ({
      async kept(runId) {
        const kept = await right.kept(runId)
        const archive = kept.archive && (await right.archive(runId))
        const bundle = archive && (await core.unpackBundle(archive).catch(() => undefined))
        const row = bundle && { ...bundle.run, archivedAt: archive!.archivedAt }
        return row && kept.run ? { ...kept, run: { id: runId, row } } : kept
      },
    }),
  })
})

import './damage-suites.ts'
