import type { Machine } from './machine.ts'
import type { Result } from './result.ts'

const widths = [34, 10, 12, 10, 10, 8, 8, 10, 6] as const
const titles = [
  'trial',
  'variant',
  'ops/s',
  'each',
  'against',
  'ratio',
  'spread',
  'at least',
  'aim',
  'reached',
]

export const tableHead = (): string => line(titles)

/** The lines of one trial; its title stands in the first only. */
export const tableRows = (results: readonly Result[]): string =>
  results
    .map(({ trial, variant, opsPerSecond, baseline, ratio, spread, goal, reached }, i) =>
      line([
        i === 0 ? trial : '',
        variant,
        Math.round(opsPerSecond).toLocaleString('en'),
        duration(1e6 / opsPerSecond),
        variant === baseline ? '' : baseline,
        variant === baseline ? '' : ratio.toFixed(2),
        variant === baseline ? '' : spread.toFixed(2),
        goal ? goal.atLeast.toFixed(2) : '',
        goal ? goal.aim.toFixed(2) : '',
        reached ?? '',
      ]),
    )
    .join('\n')

export const machineLines = (machine: Machine): string =>
  Object.entries(machine)
    .map(([fact, value]) => `${fact.padEnd(12)}${value}`)
    .join('\n')

const duration = (microseconds: number): string =>
  microseconds < 1_000 ? `${microseconds.toPrecision(3)} µs` : `${(microseconds / 1_000).toPrecision(3)} ms`

/** Names to the left, figures to the right. */
const line = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => {
      const width = widths[i]
      if (width === undefined) return cell
      return i < 2 || i === 4 ? cell.padEnd(width) : cell.padStart(width)
    })
    .join('  ')
    .trimEnd()
