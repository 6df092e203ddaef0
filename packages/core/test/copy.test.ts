import { expect, test } from 'vitest'
import { copying } from '../src/copy.ts'
import { type Bundle, fold, type LogEntry } from '../src/index.ts'
import { aStore } from './a-store.ts'

const at = new Date('2026-01-05T09:00:00.000Z')
const log: readonly LogEntry[] = [
  {
    sequence: 1,
    type: 'run.started',
    at,
    data: { specId: 'S', stage: 'plan', expectedAgents: [], labels: {} },
  },
  { sequence: 2, type: 'run.abandoned', at, data: {} },
]

const bundleOf = (id: string): Bundle => ({
  run: fold(id, log).run,
  executions: [],
  artifacts: [],
  syntheses: [],
  events: log,
})

test('a copy that goes on unpacks few archives again, however many there are', async () => {
  const ids = Array.from({ length: 10_200 }, (_, i) => `r${i}`)
  const archived = ids.map((id) => ({ ...bundleOf(id).run, archivedAt: at }))
  const there = new Set<string>()
  let unpacked = 0
  const from = aStore({
    runs: {
      get: async (id) => ({ ...bundleOf(id).run, archivedAt: at }),
      list: async ({ cursor = '0', limit = 0 } = {}) => {
        const end = Number(cursor) + limit
        return {
          items: archived.slice(Number(cursor), end),
          next: end < archived.length ? String(end) : undefined,
        }
      },
      bundle: async (id) => {
        unpacked += 1
        return bundleOf(id)
      },
    },
    events: { read: async () => [], readAll: async () => [] },
  })
  const to = aStore({
    runs: {
      get: async (id) => (there.has(id) ? bundleOf(id).run : undefined),
      record: async ({ run }) => {
        there.add(run.id)
        return run
      },
    },
    events: {
      read: async (runId) =>
        there.has(runId) ? log.map((entry) => ({ ...entry, runId, position: entry.sequence })) : [],
    },
  })

  const copy = copying(from, to, {})
  await copy.pass()
  expect(there.size).toBe(10_200)
  unpacked = 0
  await copy.pass()

  expect(unpacked).toBe(200)
})
