import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  const core = await original()
  return spoiled(core, {
    depot: (right) => ({
      async kept(runId) {
        const kept = await right.kept(runId)
        const other = kept?.archive && (await core.unpack(kept.archive.compressed).catch(() => undefined))
        return kept?.archive && other ? { ...kept, archive: { ...kept.archive, runId: other.run.id } } : kept
      },
    }),
  })
})

import './damage-suites.ts'
