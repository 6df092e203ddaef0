import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Machine, machine } from './machine.ts'
import { measure, type Pace } from './measure.ts'
import { type Result, resultsOf } from './result.ts'
import { machineLines, tableHead, tableRows } from './table.ts'
import type { Trial } from './trial.ts'

/** What the command line of a benchmark says. */
export interface Wishes {
  /** Only trials whose title holds this. */
  readonly only: string | undefined
  /** Where the results go as JSON, beside being printed. */
  readonly json: string | undefined
  /** Every trial once, at its smallest, to see that it still works. What it prints says nothing of speed. */
  readonly once: boolean
}

/** Reads `[--only <name>] [--json <file>] [--once]`. Throws on anything else. */
export function wishes(words: readonly string[]): Wishes {
  const { values } = parseArgs({
    args: [...words],
    options: { only: { type: 'string' }, json: { type: 'string' }, once: { type: 'boolean' } },
  })
  return { only: values.only, json: values.json, once: values.once ?? false }
}

export interface Report {
  readonly machine: Machine
  readonly once: boolean
  readonly results: readonly Result[]
}

/** Runs the trials asked for, prints a table as it grows, and gives all of it. Slowness is reported, never an error. */
export async function benchmark(
  trials: readonly Trial[],
  { only, json, once }: Wishes,
  { facts = {}, print = console.log, pace = once ? glance() : steady() }: BenchmarkOptions = {},
): Promise<Report> {
  const chosen = trials.filter(({ title }) => only === undefined || title.includes(only))
  if (chosen.length === 0) {
    throw new Error(`No trial is called ${only}. There are:\n${trials.map(({ title }) => title).join('\n')}`)
  }
  const results: Result[] = []
  print(tableHead())
  for (const trial of chosen) {
    const found = resultsOf(trial, await measure(trial, pace))
    print(tableRows(found))
    results.push(...found)
  }
  const report = { machine: machine(facts), once, results }
  print(`\n${machineLines(report.machine)}`)
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`)
  return report
}

export interface BenchmarkOptions {
  /** What to say of the machine beside its own facts. */
  readonly facts?: Readonly<Record<string, string | number>>
  readonly print?: (text: string) => void
  readonly pace?: Pace
}

const clock = () => performance.now()

const steady = (): Pace => ({ rounds: 15, sliceMs: 120, clock, collect: garbageCollector() })

const glance = (): Pace => ({ rounds: 1, sliceMs: 0, clock })

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
