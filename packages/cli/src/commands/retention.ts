import { resolve } from 'node:path'
import {
  archiveFolder,
  type ConsensusStore,
  policyFact,
  type RetentionCount,
  type RetentionDecision,
  type RetentionFailure,
  type RetentionPolicy,
  type RetentionProgress,
  retentionResult,
} from '@consensus-store/core'
import { minute, size } from '../columns.ts'
import { type Context, command, type Outcome } from '../command.ts'
import { counted } from '../counted.ts'
import { doneAsChore } from '../done-as-chore.ts'
import { flag, text } from '../option.ts'
import { policyGiven, policyOptions } from '../policy.ts'
import { type Progress, progress } from '../progress.ts'
import type { Column } from '../table.ts'
import { UsageError } from '../usage-error.ts'

export const retention = command({
  summary: 'Say which runs are old enough to be archived or deleted, or do it',
  details:
    'plan changes nothing, and lists the runs that apply would take, and why. apply does just that while others go on ' +
    'writing; it may be stopped at any time and done again. Runs that are running, pinned or waiting for an agent are never ' +
    'taken, and what is to be archived is never deleted without. What came of apply is kept in the store, where health shows it, ' +
    'with the policy it went by. Exits with 1 when a run could not be taken, and names it.',
  args: ['<plan|apply>'],
  options: {
    ...policyOptions,
    folder: text('<path>', 'With apply: keep archives in a folder too, before their runs leave'),
    force: flag('Believe a clock that is more than ten years past the newest event'),
    all: flag('With plan: list the runs that stay, too'),
  },

  async run(context, [action], { folder, force, all, ...given }) {
    if (action !== 'plan' && action !== 'apply')
      throw new UsageError(`retention takes plan or apply, not ${JSON.stringify(action)}`)
    if (folder !== undefined && action === 'plan') throw new UsageError('--folder goes with apply')
    if (all && action === 'apply') throw new UsageError('--all goes with plan')
    const policy = await policyGiven(context, given)
    const store = await context.open()
    return action === 'plan'
      ? plan(context, store, policy, { force, all })
      : apply(context, store, policy, { force, folder })
  },
})

async function plan(
  context: Context,
  store: ConsensusStore,
  policy: RetentionPolicy,
  { force, all }: { readonly force: boolean; readonly all: boolean },
): Promise<Outcome> {
  const planned = await store.retention.plan(policy, { force, signal: context.io.signal })
  if (context.json) {
    await context.printJson(planned)
    return 0
  }
  const taken = planned.decisions.filter(({ action }) => action !== 'keep')
  await context.printTable(columns, [all ? planned.decisions : taken])
  if (taken.length > 0 || (all && planned.decisions.length > 0)) await context.print('')
  await context.print(`As of ${planned.asOf.toISOString()}:`)
  await context.print(`  to archive  ${countOf(planned.archive)}`)
  await context.print(`  to delete   ${countOf(planned.delete)}`)
  await context.print(`  to keep     ${countOf(planned.keep)}${whyKept(planned.decisions)}`)
  return 0
}

const countOf = ({ runs, bytes }: RetentionCount): string =>
  `${counted(runs, 'run')}, ${counted(bytes, 'byte')}`

function whyKept(decisions: readonly RetentionDecision[]): string {
  const kept = decisions.filter(({ action }) => action === 'keep')
  const reasons = [...Map.groupBy(kept, ({ why }) => why)].map(
    ([why, { length }]) => `${length.toLocaleString('en-US')} ${why}`,
  )
  return reasons.length > 0 ? `: ${reasons.sort().join(', ')}` : ''
}

async function apply(
  context: Context,
  store: ConsensusStore,
  policy: RetentionPolicy,
  { force, folder }: { readonly force: boolean; readonly folder: string | undefined },
): Promise<Outcome> {
  const { io, json, print, printJson, printTable } = context
  context.outlastReader()
  const shown = progress(io.stderr, 'Runs archived or deleted', { rate: true })
  const applying = () =>
    store.retention.apply(policy, {
      force,
      signal: io.signal,
      progress: stepsOf(shown),
      ...(folder !== undefined && { folder: archiveFolder(resolve(io.cwd, folder)) }),
    })
  const outcome = await doneAsChore(context, store, 'retention', applying, {
    result: retentionResult,
    facts: policyFact(policy),
  }).finally(() => shown.done())
  const { archived, deleted, failed } = outcome
  if (json) await printJson(outcome)
  else {
    await print(`Archived ${countOf(archived)}; deleted ${countOf(deleted)}.`)
    if (failed.length > 0) await print(`${counted(failed.length, 'run')} could not be taken, and stayed:`)
    await printTable(failureColumns, [failed])
  }
  return failed.length > 0 ? 1 : 0
}

/** Steps of a progress from counts, which are totals. */
function stepsOf(shown: Progress): (done: RetentionProgress) => void {
  let before = 0
  return ({ archived, deleted }) => {
    const now = archived.runs + deleted.runs
    shown.step(now - before)
    before = now
  }
}

const columns: readonly Column<RetentionDecision>[] = [
  { title: 'run', value: ({ runId }) => runId, narrow: 'keep' },
  { title: 'spec', value: ({ specId }) => specId },
  { title: 'stage', value: ({ stage }) => stage },
  { title: 'ended (UTC)', value: ({ endedAt }) => minute(endedAt), narrow: 'whole' },
  { title: 'bytes', value: ({ bytes }) => size(bytes), align: 'right', narrow: 'whole' },
  { title: 'now', value: ({ archived }) => (archived ? 'archived' : ''), narrow: 'whole' },
  { title: 'action', value: ({ action }) => action, narrow: 'keep' },
  { title: 'why', value: ({ why }) => why, narrow: 'keep' },
]

const failureColumns: readonly Column<RetentionFailure>[] = [
  { title: 'run', value: ({ runId }) => runId, narrow: 'keep' },
  { title: 'why', value: ({ code, message }) => `${code}: ${message}` },
]
