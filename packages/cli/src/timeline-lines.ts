import { type ExecutionStatus, isOpen } from '@consensus-store/core'
import { stateOf } from './columns.ts'
import { span } from './span.ts'
import type { TimeScale } from './time-scale.ts'
import type { Timeline, Turn } from './timeline.ts'

/** One line of a chart: whose it is, and its marks in the cells of a time scale. */
export interface Line {
  readonly name: string
  readonly agentId: string
  readonly state: string
  readonly waited: string
  readonly worked: string
  bar(scale: TimeScale): string
}

const WAITING = '░'
const WORKING = '█'
const ARTIFACT = '◆'
const SYNTHESIS = '★'

/** At the end of a bar; what was completed needs none. */
const endings: Readonly<Record<ExecutionStatus, string | undefined>> = {
  completed: undefined,
  failed: '✗',
  'timed-out': '!',
  cancelled: '-',
  spawned: '▸',
  running: '▸',
}

const meanings = [
  [WAITING, 'waiting'],
  [WORKING, 'working'],
  [endings.failed, 'failed'],
  [endings['timed-out'], 'timed out'],
  [endings.cancelled, 'cancelled'],
  [endings.running, 'still out'],
  [ARTIFACT, 'artifact'],
  [SYNTHESIS, 'synthesis'],
] as const

/** What the marks in some bars mean. */
export const legendOf = (bars: string): string =>
  meanings
    .filter(([mark]) => mark && bars.includes(mark))
    .map((each) => each.join(' '))
    .join('  ')

/** The run, its executions in the order in which they were spawned, and what they left. */
export const linesOf = ({
  run,
  to,
  endedAt = to,
  executions,
  artifacts,
  syntheses,
}: Timeline): readonly Line[] => [
  {
    ...nobody,
    name: 'run',
    state: stateOf(run),
    bar: ({ cellOf }) =>
      from(cellOf(run.startedAt), '─'.repeat(cells(cellOf(run.startedAt), cellOf(endedAt)))),
  },
  ...executions.map(turnLine),
  ...addedLines('artifacts', ARTIFACT, artifacts),
  ...addedLines('syntheses', SYNTHESIS, syntheses),
]

const nobody = { agentId: '', waited: '', worked: '' }

const turnLine = (turn: Turn): Line => ({
  name: turn.agentName,
  agentId: turn.agentId,
  state: turn.status,
  waited: span(turn.waitedMs),
  worked: turn.workedMs === undefined ? '' : span(turn.workedMs),
  bar: (scale) => turnBar(turn, scale),
})

/** From where it was spawned to where it ended, or on to the edge; it has one cell also where a clock went back. */
function turnBar(turn: Turn, scale: TimeScale): string {
  const { spawnedAt, endedAt, waitedMs, workedMs, status } = turn
  const first = scale.cellOf(spawnedAt)
  const length = cells(first, isOpen(turn) ? scale.cells - 1 : scale.cellOf(endedAt ?? spawnedAt))
  const began = scale.cellOf(new Date(spawnedAt.getTime() + waitedMs))
  const waiting = workedMs === undefined ? length : Math.min(Math.max(began - first, 0), length - 1)
  const bar = WAITING.repeat(waiting).padEnd(length, WORKING)
  const ending = endings[status]
  return from(first, ending ? bar.slice(0, -1) + ending : bar)
}

function addedLines(
  name: string,
  mark: string,
  rows: readonly { readonly createdAt: Date }[],
): readonly Line[] {
  if (rows.length === 0) return []
  const bar = ({ cellOf, cells }: TimeScale) => {
    const marked = new Set(rows.map(({ createdAt }) => cellOf(createdAt)))
    return Array.from({ length: cells }, (_, cell) => (marked.has(cell) ? mark : ' ')).join('')
  }
  return [{ ...nobody, name, state: String(rows.length), bar }]
}

const cells = (first: number, last: number) => Math.max(1, last + 1 - first)

const from = (cell: number, marks: string) => ' '.repeat(cell) + marks
