import { describe, expect, test } from 'vitest'
import { type Health, openMetrics } from '../src/index.ts'
import { readOpenMetrics } from './read-open-metrics.ts'
import { readPrometheusText } from './read-prometheus-text.ts'

const at = new Date('2026-01-05T09:00:00.250Z')
const exact = (count: number) => ({ count, precision: 'exact' }) as const

const healthy: Health = {
  ok: true,
  store: 'sqlite',
  latencyMs: 1.5,
  findings: [],
  settings: [],
  rows: {
    runs: exact(3),
    executions: exact(4),
    artifacts: exact(5),
    syntheses: exact(6),
    events: { count: 4_000_000, precision: 'estimated' },
    archives: { count: 100_000, precision: 'at least' },
  },
  space: { bytes: 4_096, freeBytes: 1_024, walBytes: 0, roomBytes: 2 ** 53 - 1 },
  oldestRunAt: at,
  overdue: { count: 1_000, precision: 'at least' },
  stale: exact(0),
  chores: [
    {
      name: 'backup',
      holder: undefined,
      heldUntil: undefined,
      last: { startedAt: at, endedAt: new Date(at.getTime() + 1_500), ok: false, summary: { message: 'no' } },
    },
    { name: 'retention', holder: 'somebody', heldUntil: at, last: undefined },
  ],
  details: { identity: 'abc', schemaVersion: 1, connections: 3, writable: true },
}

const valuesIn = (health: Health) =>
  new Map(
    [...readOpenMetrics(openMetrics(health))].flatMap(([name, { samples }]) =>
      samples.map(({ labels, value }) => [`${name} ${Object.values(labels).join(' ')}`.trim(), value]),
    ),
  )

describe('OpenMetrics of health', () => {
  test('say everything that is a figure', () => {
    expect(Object.fromEntries(valuesIn(healthy))).toEqual({
      'consensus_store_info sqlite abc 1': 1,
      consensus_store_ok: 1,
      consensus_store_latency_seconds: 0.0015,
      'consensus_store_findings error': 0,
      'consensus_store_findings warning': 0,
      'consensus_store_rows runs': 3,
      'consensus_store_rows executions': 4,
      'consensus_store_rows artifacts': 5,
      'consensus_store_rows syntheses': 6,
      'consensus_store_rows events': 4_000_000,
      'consensus_store_rows archives': 100_000,
      'consensus_store_rows_exact runs': 1,
      'consensus_store_rows_exact executions': 1,
      'consensus_store_rows_exact artifacts': 1,
      'consensus_store_rows_exact syntheses': 1,
      'consensus_store_rows_exact events': 0,
      'consensus_store_rows_exact archives': 0,
      consensus_store_size_bytes: 4_096,
      consensus_store_free_bytes: 1_024,
      consensus_store_wal_bytes: 0,
      consensus_store_room_bytes: 2 ** 53 - 1,
      consensus_store_oldest_run_timestamp_seconds: at.getTime() / 1_000,
      consensus_store_overdue_runs: 1_000,
      consensus_store_stale_executions: 0,
      'consensus_store_chore_held backup': 0,
      'consensus_store_chore_held retention': 1,
      'consensus_store_chore_ok backup': 0,
      'consensus_store_chore_ended_timestamp_seconds backup': at.getTime() / 1_000 + 1.5,
      'consensus_store_chore_duration_seconds backup': 1.5,
      'consensus_store_detail schemaVersion': 1,
      'consensus_store_detail connections': 3,
      'consensus_store_detail writable': 1,
    })
  })

  test('leave out what could not be read, and say that the store is not well', () => {
    const unwell: Health = {
      ...healthy,
      ok: false,
      findings: [
        { severity: 'error', subject: 'database', message: 'gone', remedy: 'Look.' },
        { severity: 'warning', subject: 'database', message: 'slow', remedy: 'Wait.' },
      ],
      rows: undefined,
      space: undefined,
      oldestRunAt: undefined,
      overdue: undefined,
      stale: undefined,
      chores: [],
      details: {},
    }

    expect(Object.fromEntries(valuesIn(unwell))).toEqual({
      'consensus_store_info sqlite': 1,
      consensus_store_ok: 0,
      consensus_store_latency_seconds: 0.0015,
      'consensus_store_findings error': 1,
      'consensus_store_findings warning': 1,
      'consensus_store_finding database error': 1,
    })
  })

  test('are the same to those who read only the older text format', () => {
    const finding = { severity: 'warning', subject: 'a"b\\c\nd', message: 'x', remedy: 'y' } as const
    const text = openMetrics({ ...healthy, findings: [finding] })
    const figures = [...readOpenMetrics(text)].map(([name, { type, help, samples }]) => ({
      name,
      type,
      help,
      samples,
    }))

    expect(readPrometheusText(text)).toEqual(figures)
    expect(figures.map(({ type }) => type)).toEqual(figures.map(() => 'gauge'))
  })

  test('hold whatever is in a name within its line', () => {
    const subject = 'a"b\\c\nd # EOF\u0000\u2028 é \ud83d\ude00'
    const finding = { severity: 'warning', subject, message: 'x', remedy: 'y' } as const
    const read = readOpenMetrics(openMetrics({ ...healthy, findings: [finding] }))

    expect(read.get('consensus_store_finding')?.samples).toEqual([
      { labels: { subject, severity: 'warning' }, value: 1 },
    ])
  })

  test('give every figure its unit and what it is', () => {
    for (const [name, { unit, help }] of readOpenMetrics(openMetrics(healthy))) {
      expect(help, name).toMatch(/^[A-Z].*\.$/)
      expect(unit, name).toBe(/_(bytes|seconds)$/.exec(name)?.[1])
    }
  })
})
