import { styleOf } from './columns.ts'
import type { Output } from './output.ts'
import type { Column } from './table.ts'
import { cut, oneLine, width } from './terminal-text.ts'
import { timeScale } from './time-scale.ts'
import type { Timeline } from './timeline.ts'
import { type Line, legendOf, linesOf } from './timeline-lines.ts'

export interface Chart {
  readonly columns: readonly Column<Line>[]
  readonly lines: readonly Line[]
  /** What its marks mean, as far as they occur. */
  readonly legend: string
}

/** Cells of a chart in a pipe, where there is no terminal to fill. */
const PIPE_CELLS = 60
/** What a name may take of a terminal. */
const NAME_COLUMNS = 20
const GAP = 2

/** A timeline as a table in which every execution has a bar, as wide as the terminal. */
export function chartOf(
  timeline: Timeline,
  { columns: available, paint }: Pick<Output, 'columns' | 'paint'>,
): Chart {
  const lines = linesOf(timeline)
  const { before, after, cells } = roomFor(layouts(paint, available), lines, available)
  const scale = timeScale(timeline.from, timeline.to, cells)
  const bar: Column<Line> = {
    title: scale.axis,
    value: (line) => line.bar(scale).padEnd(cells),
    narrow: 'keep',
    paint: (cell, { state }) => paint(styleOf(state), cell),
  }
  return {
    columns: [...before, bar, ...after],
    lines,
    legend: legendOf(lines.map((line) => line.bar(scale)).join('')),
  }
}

/** Columns on both sides of the bars, and the cells without which they give way to fewer. */
interface Layout {
  readonly before: readonly Column<Line>[]
  readonly after: readonly Column<Line>[]
  readonly leastCells: number
}

/** From the richest to the barest. */
function layouts(paint: Output['paint'], available: number | undefined): readonly Layout[] {
  const shown = (text: string) => (available === undefined ? text : cut(oneLine(text), NAME_COLUMNS))
  const name: Column<Line> = { title: 'name', value: (line) => shown(line.name) }
  const agent: Column<Line> = { title: 'agent', value: ({ agentId }) => agentId, narrow: 'keep' }
  const state: Column<Line> = {
    title: 'state',
    value: (line) => line.state,
    paint: (cell, line) => paint(styleOf(line.state), cell),
  }
  const waited: Column<Line> = { title: 'waited', value: (line) => line.waited, align: 'right' }
  const worked: Column<Line> = { title: 'worked', value: (line) => line.worked, align: 'right' }
  return [
    { before: [name, agent], after: [state, waited, worked], leastCells: 40 },
    { before: [name], after: [state, waited, worked], leastCells: 24 },
    { before: [name], after: [state], leastCells: 16 },
    { before: [name], after: [], leastCells: 1 },
  ]
}

function roomFor(richestFirst: readonly Layout[], lines: readonly Line[], available: number | undefined) {
  if (available === undefined) return { ...richestFirst[0]!, cells: PIPE_CELLS }
  const fitted = richestFirst.map((layout) => {
    const others = [...layout.before, ...layout.after]
    return {
      ...layout,
      cells: available - others.reduce((sum, column) => sum + GAP + natural(column, lines), 0),
    }
  })
  const barest = fitted.at(-1)!
  return (
    fitted.find(({ cells, leastCells }) => cells >= leastCells) ?? {
      ...barest,
      cells: Math.max(1, barest.cells),
    }
  )
}

const natural = ({ title, value }: Column<Line>, lines: readonly Line[]) =>
  lines.reduce((widest, line) => Math.max(widest, width(oneLine(value(line)))), width(title))
