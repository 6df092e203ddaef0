import { vi } from 'vitest'

vi.mock(import('../../src/entry.ts'), async (original) => {
  const right = await original()
  return {
    ...right,
    decodeEntry(text, askedFor) {
      try {
        const [agentId, agentName, phaseType, stage, specId, runId, branch] = JSON.parse(
          text.slice(text.indexOf('[')),
        )
        if (agentId !== askedFor) return undefined
        return { agentId, agentName, phaseType, stage, specId, runId, branch: branch ?? undefined }
      } catch {
        return undefined
      }
    },
  }
})

import '../entries.test.ts'
