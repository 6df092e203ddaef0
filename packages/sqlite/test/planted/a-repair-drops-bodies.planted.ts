import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    async plan(restoration, inside) {
      const owner = restoration.run?.id ?? restoration.executions[0]?.row.runId
      const { bodies } = owner === undefined ? restoration.untold : await inside.kept(owner)
      return { ...restoration, untold: { ...restoration.untold, bodies } }
    },
  })
})

import './damage-suites.ts'
