import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    archive: (archive) => ({ ...archive, bytes: archive.compressed.length }),
  })
})

import './damage-suites.ts'
