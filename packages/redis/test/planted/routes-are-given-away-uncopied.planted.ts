import { vi } from 'vitest'

vi.mock(import('../../src/entry.ts'), async (original) => ({
  ...(await original()),
  copyRoute: (route) => route,
}))

import './routing-suites.ts'
