import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled, without } = await import('./spoiled.ts')
  return spoiled(await original(), {
    say: without(({ subject, what }) => subject.startsWith('snapshot ') && what === 'untold'),
  })
})

import './snapshot-suite.ts'
