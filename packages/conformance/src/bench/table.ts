import type { Machine } from './machine.ts'
import type { Reached, Result } from './result.ts'

const columns = ['', 'ops/s', 'each', 'against', 'ratio', 'spread', 'at least', 'aim', ''] as const
const widths = [10, 12, 9, 8, 7, 7, 9, 6, 8] as const

/** A trial's title, and under it a line for each of its results. */
export const tableOf = (results: readonly Result[]): string =>
  [results[0]?.trial ?? '', line(columns), ...results.map(row)].join('\n')

const row = ({ variant, opsPerSecond, baseline, ratio, spread, goal, reached }: Result): string =>
  line([
    variant,
    Math.round(opsPerSecond).toLocaleString('en'),
    duration(1e6 / opsPerSecond),
    ...(variant === baseline ? [] : [baseline, ratio.toFixed(2), spread.toFixed(2)]),
    ...(goal && reached ? [goal.atLeast.toFixed(2), goal.aim.toFixed(2), verdicts[reached]] : []),
  ])

const verdicts: Readonly<Record<Reached, string>> = { aim: 'aim', 'at least': 'enough', no: 'short' }

export const machineLines = (machine: Machine): string =>
  Object.entries(machine)
    .map(([fact, value]) => `${fact.padEnd(12)}${value}`)
    .join('\n')

const duration = (microseconds: number): string =>
  microseconds < 1_000 ? `${microseconds.toPrecision(3)} µs` : `${(microseconds / 1_000).toPrecision(3)} ms`

const line = (cells: readonly string[]): string =>
  `  ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' ')}`.trimEnd()
