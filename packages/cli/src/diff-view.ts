import type { AgentComparison, Change, Execution, Point, RunComparison, RunDiff } from '@consensus-store/core'
import { artifactColumns, styleOf, synthesisColumns } from './columns.ts'
import { eventColumns } from './event-columns.ts'
import { type Fact, factsOf, printSection } from './history-view.ts'
import type { Output } from './output.ts'
import { span } from './span.ts'
import type { Column } from './table.ts'

type Paint = Output['paint']

/** Prints two runs for people, side by side; what is not the same in both is marked. */
export async function printComparison(output: Output, comparison: RunComparison) {
  const { before, after, agents, agreements, conflicts } = comparison
  const facts = paired([['run', before.id], ...factsOf(before)], [['run', after.id], ...factsOf(after)])
  await output.printTable([mark(unlike), ...factColumns(output.paint)], [facts])
  await printSection(output, 'Agents', agentColumns(output.paint), agents)
  await printExchange(output, 'Agreements', agreements)
  await printExchange(output, 'Conflicts', conflicts)
}

/** Prints for people what became of one run between two points. */
export async function printDiff(
  output: Output,
  { events, run, executions, artifacts, syntheses }: RunDiff,
  { from, to }: { from: Point | undefined; to: Point | undefined },
) {
  const { paint, quote } = output
  const { before, after } = run
  const since = from === undefined || from === 0 ? 'the beginning' : written(from)
  await output.print(
    paint('bold', `Run ${quote(after.id)}, from ${since} to ${to === undefined ? 'now' : written(to)}`),
  )
  if (events.length === 0) return output.print('\nNothing happened in between.')
  const facts = paired(before ? factsOf(before) : [], factsOf(after))
  const gained = (name: 'agreements' | 'conflicts') => ({
    gained: after[name].filter((line) => !before?.[name].includes(line)),
    lost: [],
  })
  await printSection(output, 'Events', eventColumns, events)
  await printSection(output, 'Run', factColumns(paint), facts.filter(unlike))
  await printExchange(output, 'Agreements', gained('agreements'))
  await printExchange(output, 'Conflicts', gained('conflicts'))
  await printSection(output, 'Executions', changedColumns(paint), executions)
  await printSection(output, 'Artifacts', artifactColumns, artifacts)
  await printSection(output, 'Syntheses', synthesisColumns(paint), syntheses)
}

const written = (point: Point) => (point instanceof Date ? point.toISOString() : `event ${point}`)

/** One fact on both sides; a side that has none is `undefined`. */
interface Pair {
  readonly label: string
  readonly before: Fact | undefined
  readonly after: Fact
}

const paired = (before: readonly Fact[], after: readonly Fact[]): readonly Pair[] =>
  after
    .map((fact, i): Pair => ({ label: fact[0], before: before[i], after: fact }))
    .filter((pair) => pair.before?.[1] || pair.after[1])

const unlike = ({ before, after }: Pair) => before?.[1] !== after[1]

/** What tells differing rows apart without colour. */
const mark = <Row>(differs: (row: Row) => boolean): Column<Row> => ({
  title: '',
  value: (row) => (differs(row) ? '≠' : ''),
})

const factColumns = (paint: Paint): readonly Column<Pair>[] => [
  { title: 'what', value: ({ label }) => label },
  {
    title: 'before',
    value: ({ before }) => before?.[1] ?? '',
    paint: painted(paint, ({ before }) => before),
  },
  { title: 'after', value: ({ after }) => after[1] ?? '', paint: painted(paint, ({ after }) => after) },
]

const painted =
  (paint: Paint, side: (pair: Pair) => Fact | undefined) =>
  (cell: string, pair: Pair): string => {
    const style = side(pair)?.[2]
    return style ? paint(style, cell) : cell
  }

const agentColumns = (paint: Paint): readonly Column<AgentComparison>[] => [
  mark(({ before, after }) => outcome(before) !== outcome(after)),
  { title: 'name', value: ({ agentName }) => agentName, narrow: 'keep' },
  ...sideColumns<AgentComparison>('before', paint, ({ before }) => before),
  ...sideColumns<AgentComparison>('after', paint, ({ after }) => after),
]

const sideColumns = <Row>(
  title: string,
  paint: Paint,
  side: (row: Row) => Execution | undefined,
): readonly Column<Row>[] => [
  {
    title,
    value: (row) => outcome(side(row)),
    paint: (cell, row) => paint(styleOf(side(row)?.status ?? ''), cell),
  },
  { title: 'took', value: (row) => timeTaken(side(row)), narrow: 'whole', align: 'right' },
]

const outcome = (execution: Execution | undefined): string => {
  if (!execution) return 'not sent'
  const { status, failure } = execution
  return failure ? `${status} (${failure.reason})` : status
}

const timeTaken = (execution: Execution | undefined): string =>
  execution?.endedAt ? span(execution.endedAt.getTime() - execution.spawnedAt.getTime()) : ''

const changedColumns = (paint: Paint): readonly Column<Change<Execution>>[] => [
  { title: 'agent', value: ({ after }) => after.agentId, narrow: 'keep' },
  { title: 'name', value: ({ after }) => after.agentName },
  {
    title: 'before',
    value: ({ before }) => before?.status ?? '',
    paint: (cell, { before }) => paint(styleOf(before?.status ?? ''), cell),
  },
  {
    title: 'after',
    value: ({ after }) => outcome(after),
    paint: (cell, { after }) => paint(styleOf(after.status), cell),
  },
]

async function printExchange(output: Output, title: string, { gained, lost }: RunComparison['agreements']) {
  const { paint, quote } = output
  const lines = [
    ...lost.map((line) => paint('red', `- ${quote(line)}`)),
    ...gained.map((line) => paint('green', `+ ${quote(line)}`)),
  ]
  if (lines.length > 0) await output.print(`\n${[paint('bold', title), ...lines].join('\n')}`)
}
