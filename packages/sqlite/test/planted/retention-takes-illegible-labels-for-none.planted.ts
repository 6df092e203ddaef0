import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const core = await original()
  return {
    ...core,
    retentionOver: (holdings, env) =>
      core.retentionOver(
        {
          ...holdings,
          runsAfter: async (...args) =>
            (await holdings.runsAfter(...args)).map((run) => ({ ...run, labels: run.labels ?? {} })),
        },
        env,
      ),
  }
})

import './damage-suites.ts'
