import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const { spoiled, without } = await import('./spoiled.ts')
  return spoiled(await original(), { say: without(({ subject }) => subject.startsWith('snapshot ')) })
})

import './snapshot-suite.ts'
