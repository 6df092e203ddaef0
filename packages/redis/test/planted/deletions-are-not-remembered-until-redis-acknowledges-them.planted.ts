import { vi } from 'vitest'

vi.mock(import('../../src/deletions.ts'), async (original) => {
  const { deletions } = await original()
  return { deletions: (options) => ({ ...deletions(options), has: () => false }) }
})

import '../deletions.test.ts'
