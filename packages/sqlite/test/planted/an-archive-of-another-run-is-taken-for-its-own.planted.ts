import { zstdDecompressSync } from 'node:zlib'
import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  const core = await original()
  const runIn = (compressed: Uint8Array) => {
    try {
      return core.parseBundle(zstdDecompressSync(compressed).toString()).run.id
    } catch {
      return undefined
    }
  }
  return spoiled(core, {
    depot: (right) => ({
      async kept(id) {
        const kept = await right.kept(id)
        const runId = kept?.archive && runIn(kept.archive.compressed)
        return kept?.archive && runId ? { ...kept, archive: { ...kept.archive, runId } } : kept
      },
    }),
  })
})

import './damage-suites.ts'
