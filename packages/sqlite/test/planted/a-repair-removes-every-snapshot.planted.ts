import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    async plan(restoration, inside) {
      const kept = await inside.kept('run-1')
      const snapshots = kept.snapshots.map(({ sequence }) => sequence)
      return { ...restoration, untold: { ...restoration.untold, snapshots } }
    },
  })
})

import './snapshot-suite.ts'
