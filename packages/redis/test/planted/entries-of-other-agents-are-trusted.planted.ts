import { vi } from 'vitest'

vi.mock(import('../../src/entry.ts'), async (original) => {
  const right = await original()
  return {
    ...right,
    decodeEntry(text, _agentId, identity) {
      const [agentId] = /^[^[]*\["((?:[^"\\]|\\.)*)"/.exec(text)?.slice(1) ?? ['']
      return right.decodeEntry(text, agentId!, identity)
    },
  }
})

import '../entries.test.ts'
