import { describe, expect, test } from 'vitest'
import { type Bundle, fold, runIds, verifyRuns } from '../src/index.ts'
import { aLog } from './a-log.ts'

function aRun(id: string): Bundle {
  const events = aLog()
  const { run, executions } = fold(id, events.slice(0, 5))
  return {
    run,
    executions: [...executions.values()].map((row) => ({
      ...row,
      response: row.endedAt && 'done',
    })),
    artifacts: [],
    syntheses: [],
    events: events.slice(0, 5),
  }
}

/** Lists its runs one to a page. */
function aStoreOf(...bundles: readonly Bundle[]) {
  return {
    runs: {
      bundle: async (id: string) => bundles.find(({ run }) => run.id === id),
      list: async ({ cursor = '0' } = {}) => ({
        items: bundles.slice(Number(cursor), Number(cursor) + 1).map(({ run }) => run),
        next: Number(cursor) + 1 < bundles.length ? String(Number(cursor) + 1) : undefined,
      }),
    },
  } as unknown as Parameters<typeof verifyRuns>[0]
}

describe('verifying', () => {
  test('counts all runs, page by page, and finds nothing in those that hold together', async () => {
    expect(await verifyRuns(aStoreOf(aRun('r1'), aRun('r2'), aRun('r3')))).toEqual({
      runs: 3,
      events: 15,
      differences: [],
    })
  })

  test('looks at one run when told, which must be there', async () => {
    const store = aStoreOf(aRun('r1'), aRun('r2'))

    expect(await verifyRuns(store, 'r2')).toEqual({ runs: 1, events: 5, differences: [] })
    await expect(verifyRuns(store, 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('passes over a run that is deleted between being listed and being read', async () => {
    const store = aStoreOf(aRun('r1'), aRun('r2'))
    const { bundle } = store.runs
    const runs = { ...store.runs, bundle: async (id: string) => (id === 'r1' ? undefined : bundle(id)) }

    expect(await verifyRuns({ runs })).toEqual({ runs: 1, events: 5, differences: [] })
  })

  test('names the rows and bodies that differ, run by run', async () => {
    const [ended, open] = aRun('r1').executions
    const store = aStoreOf(
      { ...aRun('r1'), executions: [{ ...ended!, response: 'other' }, open!] },
      { ...aRun('r2'), run: { ...aRun('r2').run, pinned: true } },
    )

    expect((await verifyRuns(store)).differences).toEqual([
      { runId: 'r1', subject: 'execution a1', message: expect.stringContaining('responseDigest') },
      { runId: 'r1', subject: 'execution a1', message: expect.stringContaining('responseBytes') },
      { runId: 'r2', subject: 'run', message: 'says another pinned than the log' },
    ])
  })

  test('names a log that cannot be folded, and goes on', async () => {
    const store = aStoreOf({ ...aRun('r1'), events: aRun('r1').events.slice(1) }, aRun('r2'))

    expect(await verifyRuns(store)).toEqual({
      runs: 2,
      events: 5,
      differences: [{ runId: 'r1', subject: 'log', message: expect.stringContaining('event 1 is missing') }],
    })
  })
})

test('the ids of all runs are walked page by page', async () => {
  const ids: string[] = []
  for await (const id of runIds(aStoreOf(aRun('a'), aRun('b'), aRun('c')))) ids.push(id)

  expect(ids).toEqual(['a', 'b', 'c'])
})
