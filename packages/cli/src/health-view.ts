import type { Chore, ChoreOutcome, Count, Finding, Health } from '@consensus-store/core'
import { minute } from './columns.ts'
import type { Context } from './command.ts'
import { counted } from './counted.ts'
import { type Fact, printFacts, printSection } from './history-view.ts'
import type { Output, Style } from './output.ts'
import { span } from './span.ts'
import type { Column } from './table.ts'

/** A page for people: what there is to do, then how the store is doing. */
export async function printHealth(output: Context, health: Health): Promise<void> {
  const { print, paint } = output
  for (const finding of health.findings) await printFinding(output, finding)
  const answer = `The ${health.store} store answers in ${health.latencyMs.toFixed(1)} ms`
  if (answered(health)) await print(health.findings.length === 0 ? `${answer}; nothing to do.` : `${answer}.`)
  else return print(`The ${health.store} store does not answer.`)
  await printSection(output, 'Rows', rowColumns, rowsOf(health))
  await printSection(output, 'Chores', choreColumns(paint), health.chores)
  await print(`\n${paint('bold', 'Details')}`)
  await printFacts(output, [
    ...sizesOf(health),
    ...Object.entries(health.details).map(([name, value]): Fact => [name, String(value)]),
  ])
}

/** Who answers at all tells something of itself. */
const answered = ({ details }: Health): boolean => Object.keys(details).length > 0

async function printFinding(
  { print, paint, quote, typeable }: Context,
  { severity, subject, message, remedy }: Finding,
): Promise<void> {
  const mark = paint(severity === 'error' ? 'red' : 'yellow', severity)
  await print(`${mark}: ${quote(subject)}: ${quote(message)}\n  ${quote(typeable(remedy))}`)
}

interface Counted {
  readonly what: string
  /** `undefined` when nobody knows. */
  readonly count: Count | undefined
}

const rowsOf = ({ rows, overdue, stale }: Health): readonly Counted[] => [
  ...Object.entries(rows ?? {}).map(([what, count]) => ({ what, count })),
  { what: 'runs that are overdue', count: overdue },
  { what: 'executions that are stale', count: stale },
]

const rowColumns: readonly Column<Counted>[] = [
  { title: 'what', value: ({ what }) => what },
  { title: 'rows', value: ({ count }) => count?.count.toLocaleString('en-US') ?? '?', align: 'right' },
  { title: 'counted', value: ({ count }) => count?.precision ?? 'not known' },
]

const sizesOf = ({ space, oldestRunAt }: Health): readonly Fact[] => [
  ['oldest run', oldestRunAt && `${minute(oldestRunAt)} UTC`],
  ['size', inBytes(space?.bytes)],
  ['free in it', space?.freeBytes ? `${inBytes(space.freeBytes)} (${shareOf(space)})` : undefined],
  ['log of commits', space?.walBytes ? inBytes(space.walBytes) : undefined],
  ['room on disk', inBytes(space?.roomBytes)],
]

const inBytes = (bytes: number | undefined) => (bytes === undefined ? undefined : counted(bytes, 'byte'))

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

function summaryOf(last: ChoreOutcome | undefined): string {
  const { policy = '{}', ...figures } = last?.summary ?? {}
  const said = Object.entries(figures).map(([name, value]) =>
    typeof value === 'number' ? `${name} ${figure(name, value)}` : `${name} ${value}`,
  )
  return [...said, ...(policy === '{}' ? [] : [`by the policy ${policy}`])].join(', ')
}

const figure = (name: string, value: number): string =>
  IN_BYTES.includes(name) ? counted(value, 'byte') : value.toLocaleString('en-US')

/** Figures of reclaiming, whose names do not say what they count. */
const IN_BYTES: readonly string[] = ['before', 'after', 'unconverted']
