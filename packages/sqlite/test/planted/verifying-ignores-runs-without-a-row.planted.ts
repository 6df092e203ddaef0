import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    look: ({ runAfter, kept }) => ({
      async runAfter(id) {
        let next = await runAfter(id)
        while (next !== undefined && !(await kept(next)).run) next = await runAfter(next)
        return next
      },
    }),
  })
})

import './damage-suites.ts'
