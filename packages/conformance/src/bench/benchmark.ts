import { writeFileSync } from 'node:fs'
import { type Facts, type Machine, machine } from './machine.ts'
import { measure, type Pace } from './measure.ts'
import { glance, steady } from './pace.ts'
import { type Result, resultsOf } from './result.ts'
import { machineLines, tableOf } from './table.ts'
import type { Trial } from './trial.ts'
import { UsageError } from './usage-error.ts'
import type { Wishes } from './wishes.ts'

/** What `--json` writes. */
export interface Report {
  readonly machine: Machine
  readonly results: readonly Result[]
}

/** What to say of the machine, where to print, and how long to measure. */
export interface BenchmarkOptions {
  /** What to say of the machine beside its own facts; asked for when all trials are done. */
  readonly facts?: () => Facts | Promise<Facts>
  readonly print?: (text: string) => void
  /** By default as asked for. */
  readonly pace?: Pace
}

/** Runs the trials asked for and prints each when it is done. Slowness is reported; it is never an error. UsageError when there are none. */
export async function benchmark(
  trials: readonly Trial[],
  { only, json, once }: Wishes,
  { facts, print = console.log, pace = once ? glance() : steady() }: BenchmarkOptions = {},
): Promise<Report> {
  const results: Result[] = []
  for (const trial of chosen(trials, only)) {
    // What ran once, cold, says nothing of the ratios to reach.
    const found = resultsOf(once ? { ...trial, goals: [] } : trial, await measure(trial, pace))
    print(`${tableOf(found)}\n`)
    results.push(...found)
  }
  const report = { machine: machine(await facts?.()), results }
  print(machineLines(report.machine))
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`)
  return report
}

function chosen(trials: readonly Trial[], only: string | undefined): readonly Trial[] {
  const found = trials.filter(({ title }) => only === undefined || title.includes(only))
  if (found.length > 0) return found
  const titles = trials.map(({ title }) => `  ${title}`).join('\n')
  throw new UsageError(`No title of a trial holds ${JSON.stringify(only)}. There are:\n${titles}`)
}
