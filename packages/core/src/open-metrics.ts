import type { Health } from './health.ts'

/** What a server that gives these to monitors says they are. */
export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/**
 * Health as monitors read it: text that is OpenMetrics 1.0 and the older text format of Prometheus 0.0.4 alike, which knows no
 * other types than these and takes the rest for comments. What could not be read is left out.
 */
export function openMetrics(health: Health): string {
  return `${families(health).flatMap(lines).join('\n')}\n# EOF\n`
}

interface Family {
  readonly name: string
  readonly help: string
  /** Ends the name. */
  readonly unit?: 'bytes' | 'seconds' | undefined
  readonly samples: readonly Sample[]
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

function families(health: Health): readonly Family[] {
  const { ok, latencyMs, findings, rows, space, oldestRunAt, overdue, stale, chores } = health
  const nouns = rows ? Object.entries(rows) : []
  const done = chores.flatMap(({ name: chore, last }) => (last ? [{ labels: { chore }, last }] : []))
  return [
    {
      name: 'info',
      help: 'Which store this is.',
      samples: [{ labels: identityOf(health), value: 1 }],
    },
    {
      name: 'ok',
      help: 'Whether no finding is an error.',
      samples: [{ value: Number(ok) }],
    },
    {
      name: 'latency_seconds',
      help: 'How long the database took to answer.',
      unit: 'seconds',
      samples: [{ value: latencyMs / 1_000 }],
    },
    {
      name: 'findings',
      help: 'What there is to do.',
      samples: (['error', 'warning'] as const).map((severity) => ({
        labels: { severity },
        value: findings.filter((finding) => finding.severity === severity).length,
      })),
    },
    {
      name: 'finding',
      help: 'One for each subject that something is to be done about.',
      samples: [...new Map(findings.toReversed().map(({ severity, subject }) => [subject, severity]))].map(
        ([subject, severity]) => ({ labels: { subject, severity }, value: 1 }),
      ),
    },
    {
      name: 'rows',
      help: 'Rows of each noun; runs are those that are not archived.',
      samples: nouns.map(([noun, { count }]) => ({ labels: { noun }, value: count })),
    },
    {
      name: 'rows_exact',
      help: 'Whether the rows of a noun were counted to the end.',
      samples: nouns.map(([noun, { precision }]) => ({
        labels: { noun },
        value: Number(precision === 'exact'),
      })),
    },
    bytes('size_bytes', 'All that the store takes.', space?.bytes),
    bytes('free_bytes', 'What is free within the store.', space?.freeBytes),
    bytes('wal_bytes', 'The log of commits that are not in the main file yet.', space?.walBytes),
    bytes('room_bytes', 'What the disk still has room for.', space?.roomBytes),
    {
      name: 'oldest_run_timestamp_seconds',
      help: 'When the oldest run began.',
      unit: 'seconds',
      samples: oldestRunAt ? [{ value: oldestRunAt.getTime() / 1_000 }] : [],
    },
    {
      name: 'overdue_runs',
      help: 'Runs that are older than the policy allows, counted no further than is worth it.',
      samples: overdue ? [{ value: overdue.count }] : [],
    },
    {
      name: 'stale_executions',
      help: 'Executions that have been out for too long, counted no further than is worth it.',
      samples: stale ? [{ value: stale.count }] : [],
    },
    {
      name: 'chore_held',
      help: 'Whether somebody is at a chore.',
      samples: chores.map(({ name: chore, holder }) => ({
        labels: { chore },
        value: Number(holder !== undefined),
      })),
    },
    {
      name: 'chore_ok',
      help: 'Whether a chore went well the last time.',
      samples: done.map(({ labels, last }) => ({ labels, value: Number(last.ok) })),
    },
    {
      name: 'chore_ended_timestamp_seconds',
      help: 'When a chore ended the last time.',
      unit: 'seconds',
      samples: done.map(({ labels, last }) => ({ labels, value: last.endedAt.getTime() / 1_000 })),
    },
    {
      name: 'chore_duration_seconds',
      help: 'How long a chore took the last time.',
      unit: 'seconds',
      samples: done.map(({ labels, last }) => ({
        labels,
        value: (last.endedAt.getTime() - last.startedAt.getTime()) / 1_000,
      })),
    },
    {
      name: 'detail',
      help: 'Whatever else the backend knows of itself that is a number, or true (1) or false (0).',
      samples: Object.entries(health.details).flatMap(([name, value]) =>
        typeof value === 'string' ? [] : [{ labels: { name }, value: Number(value) }],
      ),
    },
  ]
}

function identityOf({ store, details }: Health): Readonly<Record<string, string>> {
  const { identity, schemaVersion } = details
  return {
    store,
    ...(identity !== undefined && { identity: String(identity) }),
    ...(schemaVersion !== undefined && { schema_version: String(schemaVersion) }),
  }
}

const bytes = (name: string, help: string, value: number | undefined): Family => ({
  name,
  help,
  unit: 'bytes',
  samples: value === undefined ? [] : [{ value }],
})

/** All are gauges, the only type that both formats know and that fits; the older one has no `info`. */
function lines({ name, help, unit, samples }: Family): readonly string[] {
  if (samples.length === 0) return []
  const family = `${PREFIX}_${name}`
  return [
    `# TYPE ${family} gauge`,
    ...(unit ? [`# UNIT ${family} ${unit}`] : []),
    `# HELP ${family} ${escaped(help)}`,
    ...samples.map(({ labels, value }) => `${family}${inBraces(labels)} ${value}`),
  ]
}

const PREFIX = 'consensus_store'

function inBraces(labels: Sample['labels']): string {
  if (!labels) return ''
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`
}

/** Whatever is in a string stays in its line; what is no text in UTF-8 is replaced. */
const escaped = (text: string): string =>
  text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
