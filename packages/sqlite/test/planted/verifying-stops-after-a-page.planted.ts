import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    look({ runAfter }) {
      let runs = 0
      return {
        runAfter: async (id) => {
          runs = id === undefined ? 1 : runs + 1
          return runs > 1_000 ? undefined : runAfter(id)
        },
      }
    },
  })
})

import './damage-suites.ts'
