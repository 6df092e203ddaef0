import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    look: (right) => ({
      async kept(runId) {
        const kept = await right.kept(runId)
        const archive = kept.archive && (await right.archive(runId))
        const unpacked = archive && (await (await original()).tryUnpacking(archive))
        const row = unpacked?.bundle && { ...unpacked.bundle.run, archivedAt: archive!.archivedAt }
        return row && kept.run ? { ...kept, run: { id: runId, row } } : kept
      },
    }),
  })
})

import './damage-suites.ts'
