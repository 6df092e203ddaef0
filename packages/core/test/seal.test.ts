import { describe, expect, test } from 'vitest'
import { concluding, digest, type LogEntry, type runConcluded, sealed, sealOf } from '../src/index.ts'
import { aLog } from './a-log.ts'

const sealIn = (log: readonly LogEntry[]) => log.flatMap(({ data }) => ('seal' in data ? data.seal : []))[0]

/** A log that differs from another in one event. */
const edited = (sequence: number, change: object) =>
  aLog().map((entry) => (entry.sequence === sequence ? ({ ...entry, ...change } as LogEntry) : entry))

describe('a seal', () => {
  test('is the digest of a line for each event up to the conclusion, that without its seal', () => {
    const at = new Date('2026-01-05T09:00:01.000Z')
    const started = { specId: 'S', stage: 'plan', expectedAgents: [], labels: { note: 'a\nb\ud800' } }
    const concluded = { verdict: 'failed', missingAgents: [], agreements: [], conflicts: ['x'] }
    const log = [
      { sequence: 1, type: 'run.started', at, data: started },
      { sequence: 2, type: 'run.concluded', at: new Date(-1), data: concluded },
    ]
    const lines = [
      String.raw`1 run.started 1767603601000 {"specId":"S","stage":"plan","expectedAgents":[],"labels":{"note":"a\nb\ud800"}}`,
      '2 run.concluded -1 {"verdict":"failed","missingAgents":[],"agreements":[],"conflicts":["x"]}',
    ]

    expect(sealOf(log)).toBe(`sha256:${digest(lines.join('\n'))}`)
  })

  test('is the same whether it is there already or not, and whatever came later', () => {
    const log = aLog()

    expect(sealOf(log)).toBe(sealIn(log))
    expect(sealOf(sealed(log))).toBe(sealIn(log))
    expect(sealOf(log.slice(0, 8))).toBe(sealIn(log))
  })

  test('is in the event that concludes a run', () => {
    const [conclusion] = aLog().slice(7)
    const { seal: _, ...facts } = conclusion!.data as LogEntry['data'] & { seal: string }

    expect(concluding(aLog().slice(0, 7), conclusion!.at, facts as ReturnType<typeof runConcluded>)).toEqual({
      type: 'run.concluded',
      at: conclusion!.at,
      data: conclusion!.data,
    })
  })

  test('is another for a log of which anything is other', () => {
    const logs = [
      edited(1, { data: { specId: 'T', stage: 'plan', expectedAgents: ['code'], labels: {} } }),
      edited(2, { at: new Date(Date.UTC(2026, 0, 5, 9, 0, 2, 1)) }),
      edited(4, { type: 'execution.cancelled' }),
      edited(4, { sequence: 40 }),
      edited(5, { data: { agentId: 'a1', response: { bytes: 4, digest: digest('gone') } } }),
      edited(6, {
        data: {
          artifactId: 'art',
          agentName: 'code',
          content: { bytes: 2, digest: digest('{}') },
          metadata: { bytes: 2, digest: digest('[]') },
        },
      }),
      edited(8, { data: { verdict: 'failed', missingAgents: ['claude'], agreements: [], conflicts: [] } }),
      aLog().toSpliced(3, 1),
      aLog().toSpliced(1, 2, aLog()[2]!, aLog()[1]!),
      aLog().toSpliced(1, 2, { ...aLog()[2]!, sequence: 2 }, { ...aLog()[1]!, sequence: 3 }),
    ]
    const seals = new Set([aLog(), ...logs].map(sealOf))

    expect(seals.size).toBe(logs.length + 1)
  })
})
