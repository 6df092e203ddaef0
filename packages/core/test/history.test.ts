import { describe, expect, test } from 'vitest'
import { extend, fold, type LogEntry } from '../src/index.ts'
import { aLog } from './a-log.ts'

const log = aLog()

describe('folding a log', () => {
  test('gives the run and all it owns as they are in the end', () => {
    const { run, executions, artifacts, syntheses } = fold('r', log)

    expect(run).toMatchObject({
      id: 'r',
      status: 'concluded',
      verdict: 'degraded',
      startedAt: log[0]?.at,
      concludedAt: log[7]?.at,
      lastSequence: 9,
    })
    expect([...executions.values()]).toMatchObject([
      {
        agentId: 'a1',
        runId: 'r',
        specId: 'S',
        status: 'completed',
        startedAt: log[3]?.at,
        responseBytes: 4,
      },
      { agentId: 'a2', status: 'timed-out', startedAt: undefined, endedAt: log[8]?.at, modelVersion: 'm' },
    ])
    expect(artifacts.get('art')).toMatchObject({ runId: 'r', contentBytes: 7, createdAt: log[5]?.at })
    expect(syntheses.get('syn')).toMatchObject({ verdict: 'degraded', markdownBytes: 6 })
  })

  test('gives the same in pieces as in one, wherever it is cut', () => {
    const whole = fold('r', log)
    for (let cut = 1; cut < log.length; cut++) {
      const from = fold('r', log.slice(0, cut))
      const before = structuredClone(from)

      expect(fold('r', log.slice(cut), from)).toEqual(whole)
      expect(from).toEqual(before)
      expect(from.run.lastSequence).toBe(cut)
    }
  })

  test('gives the same event by event, in maps that grow', () => {
    const first = extend('r', log[0]!, undefined)
    const last = log.slice(1).reduce((history, entry) => extend('r', entry, history), first)

    expect(last).toEqual(fold('r', log))
    expect(last.executions).toBe(first.executions)
    expect(() => extend('r', log[0]!, last)).toThrow('event 10 is missing: 1 comes in its place')
  })

  test('tells a run pinned, unpinned and abandoned', () => {
    const [started] = log as [LogEntry]
    const at = started.at
    const pinned: LogEntry = { sequence: 2, type: 'run.pinned', at, data: {} }
    const unpinned: LogEntry = { sequence: 3, type: 'run.unpinned', at, data: {} }
    const abandoned: LogEntry = { sequence: 4, type: 'run.abandoned', at, data: {} }

    expect(fold('r', [started, pinned]).run).toMatchObject({ pinned: true })
    expect(fold('r', [started, pinned, unpinned, abandoned]).run).toMatchObject({
      pinned: false,
      status: 'abandoned',
      concludedAt: undefined,
    })
  })
})

describe('folding refuses a log', () => {
  const [started, spawned, , begun, completed, artifact] = log as LogEntry[] & { length: 9 }
  const next = (entry: LogEntry | undefined, sequence: number) => ({ ...entry, sequence }) as LogEntry
  const broken: Readonly<Record<string, readonly LogEntry[]>> = {
    'that is empty': [],
    'that begins late': log.slice(1),
    'that begins with another event': [next(spawned, 1)],
    'that begins twice': [started!, next(started, 2)],
    'with a gap': log.toSpliced(3, 1),
    'with an event twice': log.toSpliced(3, 0, log[2]!),
    'with events that changed places': log.with(3, log[4]!).with(4, log[3]!),
    'in which an agent starts before it is spawned': [started!, next(begun, 2)],
    'in which an agent ends before it is spawned': [started!, next(completed, 2)],
    'in which an agent ends twice': [...log.slice(0, 5), next(completed, 6)],
    'in which an agent starts after it ended': [...log.slice(0, 5), next(begun, 6)],
    'in which an agent is spawned twice': [...log.slice(0, 2), next(spawned, 3)],
    'in which an artifact is added twice': [...log.slice(0, 6), next(artifact, 7)],
    'in which a run concludes twice': [...log.slice(0, 8), next(log[7], 9)],
    'in which a run that concluded is abandoned': [
      ...log.slice(0, 8),
      { sequence: 9, type: 'run.abandoned', at: started!.at, data: {} },
    ],
    'in which an ended run takes an artifact': [...log, next({ ...artifact!, sequence: 0 } as LogEntry, 10)],
    'with an event of an unknown type': [started!, { ...next(spawned, 2), type: 'run.renamed' } as never],
    'with an event that does not say what its type asks for': [
      started!,
      { ...next(artifact, 2), data: {} } as never,
    ],
    'with an event that says nothing': [started!, { ...next(artifact, 2), data: null } as never],
  }
  test('and names the event whose type it does not know', () => {
    const unknown = { ...next(begun, 5), type: 'run.renamed' } as never
    expect(() => fold('r', [...log.slice(0, 4), unknown])).toThrow('event 5 has the unknown type run.renamed')
  })

  for (const [which, entries] of Object.entries(broken)) {
    test(which, () => {
      expect(() => fold('r', entries)).toThrow(expect.objectContaining({ code: 'CORRUPT' }))
      expect(() => fold('r', entries)).toThrow('The log of run r does not hold together')
    })
  }
})
