import { minute } from '../columns.ts'
import type { Output } from '../output.ts'
import type { Column } from '../table.ts'
import type { InferredSummary } from './import.ts'
import { ruleOf } from './inferred-runs.ts'
import type { Count, ImportReport, Refusal } from './tally.ts'
import { KINDS } from './unit.ts'

/** Refusals shown one by one; `--json` has them all. */
const SHOWN = 50

/** What an import did, for people: the counts, how runs were inferred and which, and what was refused. */
export async function printSummary(
  { print, printTable, paint, remark }: Output,
  { dryRun, kinds, refusals }: ImportReport,
  { silenceMs, runs }: { silenceMs: number; runs: readonly InferredSummary[] },
): Promise<void> {
  if (dryRun) await print('Nothing was written. An import would do this:\n')
  await printTable(countColumns, [KINDS.map((kind) => ({ kind, ...kinds[kind] }))])
  const { inferred, stored, extended, present } = kinds.runs
  await print(
    `\nRuns: ${stored} stored, ${extended} brought up to date, ${present} there already; ${inferred} of them inferred.`,
  )

  if (runs.length > 0) {
    await print(`\n${ruleOf(silenceMs)}\n`)
    await printTable(inferredColumns, [runs])
    if (inferred > runs.length) await print(`… and ${inferred - runs.length} more inferred runs.`)
  }
  if (refusals.length > 0) {
    await print(`\n${paint('red', `Refused: ${refusals.length}`)}\n`)
    await printTable(refusalColumns, [refusals.slice(0, SHOWN)])
    if (refusals.length > SHOWN) remark(`These are the first ${SHOWN} refusals; --json lists every one.`)
  }
}

const count = (title: keyof Count): Column<Count & { kind: string }> => ({
  title,
  value: (row) => String(row[title]),
  align: 'right',
})

const countColumns: readonly Column<Count & { kind: string }>[] = [
  { title: 'kind', value: ({ kind }) => kind },
  count('read'),
  count('stored'),
  count('present'),
  count('refused'),
]

const inferredColumns: readonly Column<InferredSummary>[] = [
  { title: 'inferred run', value: ({ runId }) => runId ?? '(nothing new)', narrow: 'keep' },
  { title: 'spec', value: ({ specId }) => specId },
  { title: 'stage', value: ({ stage }) => stage },
  { title: 'round', value: ({ round }) => round ?? '' },
  { title: 'rows', value: ({ rows }) => String(rows), align: 'right' },
  { title: 'from (UTC)', value: ({ from }) => minute(from) },
  { title: 'to (UTC)', value: ({ to }) => minute(to) },
  { title: 'agents', value: ({ agents }) => agents.join(', ') },
]

const refusalColumns: readonly Column<Refusal>[] = [
  { title: 'file', value: ({ file }) => file, narrow: 'keep' },
  { title: 'row', value: ({ row }) => row ?? '' },
  { title: 'reason', value: ({ reason }) => reason },
]
