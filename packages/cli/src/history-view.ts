import type { ArtifactFacts, Execution, History, Run, SynthesisFacts } from '@consensus-store/core'
import { artifactColumns, minute, stateOf, styleOf, synthesisColumns, turnColumns } from './columns.ts'
import type { Output, Style } from './output.ts'
import type { Column } from './table.ts'

/** One run and what it owns, as of some moment; oldest first. */
export interface HistoryView {
  readonly run: Run
  readonly executions: readonly Execution[]
  readonly artifacts: readonly ArtifactFacts[]
  readonly syntheses: readonly SynthesisFacts[]
}

export const viewOf = ({ run, executions, artifacts, syntheses }: History): HistoryView => ({
  run,
  executions: [...executions.values()],
  artifacts: [...artifacts.values()],
  syntheses: [...syntheses.values()],
})

/** Prints a run for people: what it is, then a table for each thing it owns. */
export async function printHistory(output: Output, { run, executions, artifacts, syntheses }: HistoryView) {
  await printRun(output, run)
  await printSection(output, 'Executions', turnColumns(output.paint), executions)
  await printSection(output, 'Artifacts', artifactColumns, artifacts)
  await printSection(output, 'Syntheses', synthesisColumns(output.paint), syntheses)
}

export async function printRun(output: Output, run: Run) {
  await output.print(output.paint('bold', `Run ${output.quote(run.id)}`))
  await printFacts(output, [
    ...factsOf(run),
    ['seal', run.seal],
    ...run.agreements.map((line): Fact => ['agreed', line]),
    ...run.conflicts.map((line): Fact => ['in conflict', line]),
  ])
}

/** What a run is, but for its agreements and conflicts: the same labels for every run. */
export function factsOf(run: Run): readonly Fact[] {
  const labels = Object.entries(run.labels).map(([key, label]) => `${key}=${label}`)
  return [
    ['spec', run.specId],
    ['stage', run.stage],
    ['branch', run.branch],
    ['state', stateOf(run), styleOf(stateOf(run))],
    ['started', `${minute(run.startedAt)} UTC`],
    ['concluded', run.concludedAt && `${minute(run.concludedAt)} UTC`],
    ['archived', run.archivedAt && `${minute(run.archivedAt)} UTC`],
    ['expects', run.expectedAgents.join(', ')],
    ['missing', run.missingAgents.join(', ')],
    ['labels', labels.join(', ')],
    ['pinned', run.pinned ? 'yes' : undefined],
    ['events', String(run.lastSequence)],
  ]
}

export type Fact = readonly [label: string, value: string | undefined, style?: Style]

/** Labels and values in two columns; what has no value is left out. */
export async function printFacts(output: Output, facts: readonly Fact[]) {
  const known = facts.filter(([, value]) => value)
  const column = Math.max(...known.map(([label]) => label.length))
  for (const [label, value = '', style] of known) {
    const shown = output.quote(value)
    const painted = style ? output.paint(style, shown) : shown
    await output.print(`  ${output.paint('dim', label.padEnd(column))}  ${painted}`)
  }
}

/** A table under its title; nothing at all without rows. */
export async function printSection<Row>(
  output: Output,
  title: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
) {
  if (rows.length === 0) return
  await output.print(`\n${output.paint('bold', title)}`)
  await output.printTable(columns, [rows])
}
