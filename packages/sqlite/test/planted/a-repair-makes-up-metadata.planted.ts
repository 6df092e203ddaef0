import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    async plan(restoration, inside) {
      const artifacts = restoration.artifacts.map(async ({ metadata, ...artifact }) => {
        const there = await inside.metadata('artifact', artifact.row.id)
        return { ...artifact, metadata: metadata ?? (there ? undefined : '{}') }
      })
      return { ...restoration, artifacts: await Promise.all(artifacts) }
    },
  })
})

import './damage-suites.ts'
