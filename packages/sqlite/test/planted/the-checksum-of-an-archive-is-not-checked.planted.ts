import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  const core = await original()
  return spoiled(core, {
    archive: (archive) => ({ ...archive, checksum: core.checksumOf(archive.compressed) }),
  })
})

import './damage-suites.ts'
