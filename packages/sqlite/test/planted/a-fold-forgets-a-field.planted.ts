import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled } = await import('./spoiled.ts')
  return spoiled(await original(), {
    look: ({ kept }) => ({
      async kept(runId) {
        const run = await kept(runId)
        const events = run.events.map((line) => {
          if (line.event?.type !== 'artifact.added') return line
          const { modelVersion: _, ...data } = line.event.data
          return { ...line, event: { ...line.event, data } }
        })
        return { ...run, events }
      },
    }),
  })
})

import './damage-suites.ts'
