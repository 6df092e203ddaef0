import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { nothingUntold, spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    async rebuild(right, { inspection, restore }, options) {
      const rebuilt = await right(options)
      for (let id = await inspection.runAfter(undefined); id; id = await inspection.runAfter(id)) {
        const runId = id
        await restore(runId, async (inside) => ({
          run: (await inside.kept(runId)).run?.row,
          executions: [],
          artifacts: [],
          syntheses: [],
          bodies: [],
          untold: nothingUntold,
        }))
      }
      return rebuilt
    },
  })
})

import './damage-suites.ts'
