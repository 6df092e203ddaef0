import type { Inspection, KeptRun } from '@consensus-store/core'
import { vi } from 'vitest'

vi.mock(import('@consensus-store/core'), async (original) => {
  const core = await original()
  const { spoiled } = await import('./spoiled.ts')

  /** As if what is there now was sealed. */
  function sealedNow({ events, ...kept }: KeptRun): KeptRun {
    const log = core.sealed(events.flatMap(({ event }) => event ?? []))
    const data = new Map(log.map((entry) => [entry.sequence, entry.data]))
    const believed = events.map(({ event, ...line }) => ({
      ...line,
      event: event && ({ ...event, data: data.get(line.sequence) } as typeof event),
    }))
    return { ...kept, events: believed }
  }

  const believing = (inside: Inspection): Inspection => ({
    ...inside,
    kept: async (runId) => sealedNow(await inside.kept(runId)),
  })

  return spoiled(core, {
    rebuild: (_, { restore, ...workshop }, options, runId) =>
      core.rebuildRuns(
        { ...workshop, restore: (runId, plan) => restore(runId, (inside) => plan(believing(inside))) },
        runId,
        options,
      ),
  })
})

import './damage-suites.ts'
