import { describe, expect, test } from 'vitest'
import {
  compareRuns,
  diff,
  type Event,
  fold,
  type LogEntry,
  sealed,
  type UnsealedEntry,
} from '../src/index.ts'
import { aLog } from './a-log.ts'
import { aStore } from './a-store.ts'

const log = aLog().map((entry, i): Event => ({ ...entry, runId: 'r', position: i + 1 }))
const store = aStore({
  events: {
    read: async (runId, { after = 0, limit = 50 } = {}) =>
      runId === 'r' ? log.slice(after, after + limit) : [],
  },
})

/** The rows of a history, in the order in which they came. */
const rowsOf = (to: number) => {
  const { run, executions, artifacts, syntheses } = fold('r', log.slice(0, to))
  return {
    run,
    executions: [...executions.values()],
    artifacts: [...artifacts.values()],
    syntheses: [...syntheses.values()],
  }
}

describe('the difference between two points of a run', () => {
  test('is what happened in between, and what that changed', async () => {
    for (let from = 0; from <= log.length; from++) {
      for (let to = Math.max(from, 1); to <= log.length; to++) {
        const found = await diff(store, 'r', from, to)
        const before = from > 0 ? rowsOf(from) : undefined
        const after = rowsOf(to)

        expect(found.events).toEqual(log.slice(from, to))
        expect(found.run).toMatchObject({ before: before?.run, after: after.run })
        expect(found.run.members.includes('lastSequence')).toBe(from < to)
        expect(found.artifacts).toEqual(after.artifacts.slice(before?.artifacts.length ?? 0))
        expect(found.syntheses).toEqual(after.syntheses.slice(before?.syntheses.length ?? 0))
        const changed = after.executions.filter(
          (execution, i) => JSON.stringify(execution) !== JSON.stringify(before?.executions[i]),
        )
        expect(found.executions.map((change) => change.after)).toEqual(changed)
        for (const { before, after, members } of found.executions) {
          for (const name of Object.keys(after) as (keyof typeof after)[]) {
            expect(members.includes(name), name).toBe(
              before === undefined || JSON.stringify(before[name]) !== JSON.stringify(after[name]),
            )
          }
        }
      }
    }
  })

  test('goes by instants as well, and to the end unless told', async () => {
    const { at } = log[2]!
    const from = log.findLastIndex((event) => event.at.getTime() <= at.getTime()) + 1
    expect((await diff(store, 'r', at)).events).toEqual(log.slice(from))
    expect((await diff(store, 'r', new Date(0), 1)).run.before).toBeUndefined()
    expect((await diff(store, 'r', 1_000)).events).toEqual([])
  })

  test('is refused backwards, and of nothing', async () => {
    await expect(diff(store, 'r', 3, 2)).rejects.toMatchObject({ code: 'INVALID' })
    await expect(diff(store, 'r', -1)).rejects.toMatchObject({ code: 'INVALID' })
    await expect(diff(store, 'r', 0, 0)).rejects.toMatchObject({ code: 'INVALID' })
    await expect(diff(store, 'nobody', 0)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(diff(store, 'r', 0, new Date(0))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

const at = new Date('2026-01-01')
const aRun = (agents: Readonly<Record<string, string>>, agreements: string[], conflicts: string[]) => {
  const entries: Omit<UnsealedEntry, 'sequence'>[] = [
    { type: 'run.started', at, data: { specId: 'S', stage: 'plan', expectedAgents: [], labels: {} } },
    ...Object.entries(agents).map(
      ([agentId, agentName]): Omit<LogEntry, 'sequence'> => ({
        type: 'execution.spawned',
        at,
        data: { agentId, agentName, phaseType: 'regular-stage' },
      }),
    ),
    { type: 'run.concluded', at, data: { verdict: 'degraded', missingAgents: [], agreements, conflicts } },
  ]
  return fold('r', sealed(entries.map((entry, i) => ({ ...entry, sequence: i + 1 }) as UnsealedEntry)))
}

test('two runs are compared by their agents, agreements and conflicts', () => {
  const before = aRun({ a1: 'gemini', a2: 'code', a3: 'code' }, ['one', 'two'], ['three'])
  const after = aRun({ b1: 'claude', b2: 'code' }, ['two', 'four'], [])
  const { agents, agreements, conflicts } = compareRuns(before, after)

  expect(agents.map((agent) => [agent.agentName, agent.before?.agentId, agent.after?.agentId])).toEqual([
    ['gemini', 'a1', undefined],
    ['code', 'a3', 'b2'],
    ['claude', undefined, 'b1'],
  ])
  expect(agreements).toEqual({ gained: ['four'], lost: ['one'] })
  expect(conflicts).toEqual({ gained: [], lost: ['three'] })
})
