import { describe, expect, test } from 'vitest'
import {
  type Event,
  fold,
  type Inspection,
  type KeptBody,
  type KeptRun,
  type LogEntry,
  runIds,
  sealed,
  verifyRuns,
} from '../src/index.ts'
import { aLog } from './a-log.ts'
import { aStore } from './a-store.ts'

const texts: Readonly<Record<number, string>> = { 5: 'done', 6: '{"a":1}', 7: '# Plan' }
const metadata = { text: '{}' }

/** A run that says what its log tells; its events are at the positions of their sequences. */
function aRun(runId: string, log: readonly LogEntry[] = aLog()): KeptRun {
  const { run, executions, artifacts, syntheses } = fold(runId, log)
  const rows = <Row>(told: ReadonlyMap<string, Row>, bodyAt: (row: Row) => number | undefined) =>
    [...told].map(([id, row]) => ({ id, row, bodyAt: bodyAt(row) }))
  return {
    run: { id: runId, row: run },
    executions: rows(executions, ({ responseBytes }) => (responseBytes === undefined ? undefined : 5)),
    artifacts: rows(artifacts, () => 6),
    syntheses: rows(syntheses, () => 7),
    events: log.map((entry) => keptEvent({ ...entry, runId, position: entry.sequence })),
    bodies: log.flatMap(({ sequence }) => (texts[sequence] === undefined ? [] : [sequence])),
    archive: undefined,
    snapshots: [],
  }
}

const keptEvent = (event: Event) => ({ sequence: event.sequence, position: event.position, event })

const nothing: KeptRun = {
  run: undefined,
  executions: [],
  artifacts: [],
  syntheses: [],
  events: [],
  bodies: [],
  archive: undefined,
  snapshots: [],
}

function looking(
  runs: Readonly<Record<string, KeptRun>>,
  changes: Partial<Inspection> = {},
  bodies: readonly KeptBody[] = [],
): Inspection {
  return {
    runAfter: async (id) => Object.keys(runs).find((runId) => id === undefined || runId > id),
    lastRun: async () => Object.keys(runs).at(-1),
    kept: async (runId) => runs[runId] ?? nothing,
    body: async (position) => (texts[position] === undefined ? undefined : { text: texts[position] }),
    metadata: async () => metadata,
    archive: async () => undefined,
    snapshot: async () => undefined,
    bodiesAfter: async (after, limit) => bodies.filter(({ position }) => position > after).slice(0, limit),
    ...changes,
  }
}

const differencesOf = async (...looked: Parameters<typeof looking>) =>
  (await verifyRuns(looking(...looked))).differences

describe('verifying', () => {
  test('counts all runs, and finds nothing in those that hold together', async () => {
    const runs = { r1: aRun('r1'), r2: aRun('r2', aLog().slice(0, 5)), r3: aRun('r3') }

    expect(await verifyRuns(looking(runs))).toEqual({ runs: 3, events: 23, differences: [] })
  })

  test('looks at one run when told, of which there must be something', async () => {
    const runs = looking({ r1: aRun('r1'), r2: aRun('r2') })

    expect(await verifyRuns(runs, 'r2')).toEqual({ runs: 1, events: 9, differences: [] })
    await expect(verifyRuns(runs, 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('comes to an end though runs are started all the time', async () => {
    const runs: Record<string, KeptRun> = { r1: aRun('r1') }
    const right = looking(runs)
    const growing = {
      ...right,
      async kept(id: string) {
        const next = `r${Object.keys(runs).length + 1}`
        runs[next] = aRun(next)
        return right.kept(id)
      },
    }

    expect(await verifyRuns(growing)).toMatchObject({ runs: 1 })
  })

  test('tells how many runs it has looked at', async () => {
    const told: number[] = []
    await verifyRuns(looking({ r1: aRun('r1'), r2: aRun('r2') }), undefined, {
      progress: (runs) => told.push(runs),
    })

    expect(told).toEqual([1, 1])
  })

  test('passes over a run that is deleted between being found and being read', async () => {
    const runs = { r1: nothing, r2: aRun('r2') }

    expect(await verifyRuns(looking(runs))).toEqual({ runs: 1, events: 9, differences: [] })
  })

  test('passes over a run whose bodies went with it while they were read', async () => {
    let run = aRun('r1')
    const deleted = looking(
      {},
      {
        runAfter: async (id) => (id ? undefined : 'r1'),
        lastRun: async () => 'r1',
        kept: async () => run,
        async body() {
          run = nothing
          return undefined
        },
      },
    )

    expect(await verifyRuns(deleted)).toEqual({ runs: 0, events: 0, differences: [] })
  })

  test('names what of a row differs', async () => {
    const run = aRun('r1')
    const [ended, open] = run.executions
    const changed = {
      ...run,
      run: { id: 'r1', row: { ...run.run!.row!, pinned: true } },
      executions: [{ ...ended!, bodyAt: 4 }, open!],
      artifacts: [{ ...run.artifacts[0]!, row: undefined }],
      syntheses: [],
    }

    expect(await differencesOf({ r1: changed }, { body: async () => ({ text: 'done' }) })).toMatchObject([
      { runId: 'r1', subject: 'run', what: 'differs', member: 'pinned' },
      { runId: 'r1', subject: 'execution a1', what: 'differs', member: 'position' },
      { runId: 'r1', subject: 'artifact art', what: 'unreadable' },
      { runId: 'r1', subject: 'synthesis syn', what: 'missing' },
      { runId: 'r1', subject: 'artifact art', what: 'differs', member: 'content' },
      { runId: 'r1', subject: 'synthesis syn', what: 'differs', member: 'markdown' },
    ])
  })

  test('names bodies that are lost, others, or cannot be read', async () => {
    const body: Inspection['body'] = async (position) =>
      ({ 5: undefined, 6: { text: '{"a":2}' }, 7: { text: undefined } })[position]

    expect(
      await differencesOf({ r1: aRun('r1') }, { body, metadata: async () => ({ text: '[]' }) }),
    ).toMatchObject([
      { subject: 'execution a1', what: 'missing', member: 'response' },
      { subject: 'artifact art', what: 'differs', member: 'content' },
      { subject: 'artifact art', what: 'differs', member: 'metadata' },
      { subject: 'synthesis syn', what: 'differs', member: 'markdown' },
      { subject: 'synthesis syn', what: 'differs', member: 'metadata' },
    ])
  })

  test('names bodies that no event tells of, in a run and elsewhere, to the last page', async () => {
    const bodies = Array.from({ length: 2_000 }, (_, i) => ({
      position: i + 1,
      told: i !== 20 && i !== 1_999,
    }))
    const run = aRun('r1')

    expect(await differencesOf({ r1: { ...run, bodies: [...run.bodies, 8] } }, {}, bodies)).toMatchObject([
      { runId: 'r1', subject: 'body 8', what: 'untold' },
      { runId: undefined, subject: 'body 21', what: 'untold' },
      { runId: undefined, subject: 'body 2000', what: 'untold' },
    ])
  })
})

type One = KeptRun['events'][number]
type Nine = [One, One, One, One, One, One, One, One, One]

describe('a log', () => {
  const run = aRun('r1')
  const [e1, e2, e3, e4, e5, e6, e7, e8, e9] = run.events as Nine
  const other = (event: object, at = e4) => keptEvent({ ...at.event!, ...event } as Event)
  const subjects = async (...events: readonly One[]) =>
    (await differencesOf({ r1: { ...run, events, bodies: [] } })).map(
      ({ subject, what }) => `${subject} ${what}`,
    )

  test('with gaps is named with what is missing, and rows are not held to it', async () => {
    expect(await subjects(e1, e2, e5, e6, e8, e9)).toEqual([
      'events 3 to 4 missing',
      'event 7 missing',
      'log differs',
    ])
    expect(await subjects(e2, e3, e4, e5, e6, e7, e8, e9)).toEqual(['event 1 missing', 'log differs'])
    expect(await subjects(other({ sequence: 0, position: 0 }), ...run.events)).toEqual([
      'event 0 unreadable',
      'log differs',
    ])
  })

  test('without an end leaves rows that say more', async () => {
    expect(await subjects(e1, e2, e3, e4, e5, e6, e7, e8)).toEqual([
      'run differs',
      'execution a2 differs',
      'execution a2 differs',
    ])
  })

  test('whose positions do not follow its sequences is named, and still tells', async () => {
    const swapped = [e1, { ...e2, position: 3 }, { ...e3, position: 2 }, e4, e5, e6, e7, e8, e9]
    expect(await subjects(...swapped)).toEqual(['event 3 disordered'])
  })

  test('with events that cannot be read is named with each', async () => {
    const damaged = [
      e1,
      e2,
      { ...e3, event: undefined },
      other({ data: null }),
      other({ data: { agentId: 'a1', response: {} } }, e5),
      e6,
      e7,
      e8,
      e9,
    ]
    expect(await subjects(...damaged)).toEqual([
      'event 3 unreadable',
      'event 4 unreadable',
      'event 5 unreadable',
      'log differs',
    ])
  })

  test('that says more than this version knows is named with what it says', async () => {
    const renamed = [e1, e2, e3, other({ type: 'run.renamed' }), e5, e6, e7, e8, e9]
    expect(await differencesOf({ r1: { ...run, events: renamed } })).toMatchObject([
      { subject: 'event 4', what: 'unknown', message: expect.stringContaining('run.renamed') },
      { subject: 'log', what: 'differs', member: 'seal' },
    ])

    const newer = [e1, e2, e3, other({ data: { agentId: 'a1', host: 'h' } }), e5, e6, e7, e8, e9]
    expect(await differencesOf({ r1: { ...run, events: newer } })).toMatchObject([
      { subject: 'event 4', what: 'unknown', message: expect.stringContaining('host') },
      { subject: 'log', what: 'differs', member: 'seal' },
    ])
  })

  test('that tells what cannot have happened is named', async () => {
    expect(
      await subjects(e1, e2, e3, e4, e5, e6, e7, e8, other({ type: 'run.abandoned', data: {} }, e9)),
    ).toEqual(['log broken'])
  })

  test('that a newer version sealed is sealed, whatever it tells', async () => {
    const log = sealed(
      aLog().map((entry, i) =>
        i === 3 ? { ...entry, type: 'run.renamed' as never, data: { to: 'r' } as never } : entry,
      ),
    )
    const events = log.map((entry) => keptEvent({ ...entry, runId: 'r1', position: entry.sequence }))
    expect(await subjects(...events)).toEqual(['event 4 unknown'])
  })

  test('that is not what was sealed is named, though all rows say what it tells', async () => {
    const edited = aLog().map((entry) =>
      entry.type === 'execution.completed'
        ? { ...entry, data: { ...entry.data, response: { ...entry.data.response, bytes: 5 } } }
        : entry,
    )
    expect(await differencesOf({ r1: { ...aRun('r1', edited), bodies: [] } })).toContainEqual({
      runId: 'r1',
      subject: 'log',
      what: 'differs',
      member: 'seal',
      message: 'is not what was sealed when the run was concluded at event 8',
    })
  })

  test('that is not there leaves rows of which no event tells', async () => {
    expect(await subjects()).toEqual([
      'run untold',
      'execution a1 untold',
      'execution a2 untold',
      'artifact art untold',
      'synthesis syn untold',
    ])
  })

  test('of a run that has no row misses it', async () => {
    expect(await differencesOf({ r1: { ...run, run: undefined } })).toMatchObject([
      { runId: 'r1', subject: 'run', what: 'missing' },
    ])
  })
})

test('the ids of all runs are walked page by page', async () => {
  const ids = ['a', 'b', 'c']
  const store = aStore({
    runs: {
      list: async ({ cursor = '0' } = {}) => ({
        items: [{ id: ids[Number(cursor)]! }] as never,
        next: Number(cursor) < 2 ? String(Number(cursor) + 1) : undefined,
      }),
    },
  })
  const walked: string[] = []
  for await (const id of runIds(store)) walked.push(id)

  expect(walked).toEqual(ids)
})
