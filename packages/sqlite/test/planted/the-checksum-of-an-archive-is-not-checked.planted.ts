import { hash } from 'node:crypto'
import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    archive: (archive) => ({ ...archive, checksum: `sha256:${hash('sha256', archive.compressed)}` }),
  })
})

import './damage-suites.ts'
