import type { Chore, ChoreOutcome, Count, Finding, Health } from '@consensus-store/core'
import { minute } from './columns.ts'
import { type Fact, printFacts, printSection } from './history-view.ts'
import type { Output, Style } from './output.ts'
import { span } from './span.ts'
import type { Column } from './table.ts'

/** A page for people: what there is to do, then how the store is doing. */
export async function printHealth(output: Output, health: Health): Promise<void> {
  const { print, paint } = output
  for (const finding of health.findings) await printFinding(output, finding)
  const answer = `The ${health.store} store answers in ${health.latencyMs.toFixed(1)} ms`
  await print(health.findings.length === 0 ? `${answer}; nothing to do.` : `${answer}.`)
  await printSection(output, 'Rows', rowColumns, rowsOf(health))
  await printSection(output, 'Chores', choreColumns(paint), health.chores)
  await print(`\n${paint('bold', 'Details')}`)
  await printFacts(output, [
    ...sizesOf(health),
    ...Object.entries(health.details).map(([name, value]): Fact => [name, String(value)]),
  ])
}

async function printFinding(
  { print, paint, quote }: Output,
  { severity, subject, message, remedy }: Finding,
): Promise<void> {
  const mark = paint(severity === 'error' ? 'red' : 'yellow', severity)
  await print(`${mark}: ${quote(subject)}: ${quote(message)}\n  ${quote(remedy)}`)
}

interface Counted {
  readonly what: string
  readonly count: Count
}

const rowsOf = ({ rows, overdue, stale }: Health): readonly Counted[] => [
  ...Object.entries(rows ?? {}).map(([what, count]) => ({ what, count })),
  ...(overdue ? [{ what: 'runs that are overdue', count: overdue }] : []),
  ...(stale ? [{ what: 'executions that are stale', count: stale }] : []),
]

const rowColumns: readonly Column<Counted>[] = [
  { title: 'what', value: ({ what }) => what },
  { title: 'rows', value: ({ count }) => count.count.toLocaleString('en-US'), align: 'right' },
  { title: 'counted', value: ({ count }) => count.precision },
]

const sizesOf = ({ space, oldestRunAt }: Health): readonly Fact[] => [
  ['oldest run', oldestRunAt && `${minute(oldestRunAt)} UTC`],
  ['bytes', space?.bytes.toLocaleString('en-US')],
  [
    'bytes free',
    space?.freeBytes ? `${space.freeBytes.toLocaleString('en-US')} (${shareOf(space)})` : undefined,
  ],
  ['bytes of log', space?.walBytes ? space.walBytes.toLocaleString('en-US') : undefined],
  ['room on disk', space?.roomBytes?.toLocaleString('en-US')],
]

const shareOf = ({ bytes, freeBytes = 0 }: NonNullable<Health['space']>) =>
  `${Math.round((100 * freeBytes) / Math.max(1, bytes))} %`

/** A chore in a line: when it was done last, and what came of it. */
export const choreColumns = (paint: Output['paint']): readonly Column<Chore>[] => [
  { title: 'chore', value: ({ name }) => name, narrow: 'keep' },
  {
    title: 'outcome',
    value: ({ last }) => (last ? (last.ok ? 'done' : 'failed') : 'never done'),
    narrow: 'keep',
    paint: (cell, { last }) => paint(styleOf(last), cell),
  },
  { title: 'ended (UTC)', value: ({ last }) => minute(last?.endedAt), narrow: 'whole' },
  {
    title: 'took',
    value: ({ last }) => (last ? span(last.endedAt.getTime() - last.startedAt.getTime()) : ''),
    align: 'right',
    narrow: 'whole',
  },
  { title: 'held by', value: ({ holder }) => holder ?? '' },
  { title: 'what', value: ({ last }) => summaryOf(last) },
]

const styleOf = (last: ChoreOutcome | undefined): Style => (last?.ok ? 'green' : last ? 'red' : 'dim')

const summaryOf = (last: ChoreOutcome | undefined): string =>
  Object.entries(last?.summary ?? {})
    .map(([name, value]) => `${name} ${typeof value === 'number' ? value.toLocaleString('en-US') : value}`)
    .join(', ')
