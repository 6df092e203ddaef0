import type { ConsensusStore, Difference, Unrepaired } from '@consensus-store/core'
import type { Context, Outcome } from '../command.ts'
import { command } from '../command.ts'
import { counted } from '../counted.ts'
import { flag } from '../option.ts'
import { progress } from '../progress.ts'
import type { Column } from '../table.ts'
import { UsageError } from '../usage-error.ts'

export const verify = command({
  summary: 'Fold the logs and compare them with the rows and bodies',
  details:
    'Exits with 1 and lists what differs, if anything does. With --repair, rows are first restored from the logs, each run ' +
    'in a transaction, while others go on writing; what could not be restored is listed, with why. A log is never changed, ' +
    'and a body never made up.',
  args: ['[run]'],
  options: {
    repair: flag('Restore rows that differ from their log'),
    'remove-untold': flag(
      'With --repair: remove rows and bodies that no event tells of, and what rows say beyond the end of their log',
    ),
  },

  async run(context, [runId], { repair, 'remove-untold': remove }) {
    if (remove && !repair) throw new UsageError('--remove-untold goes with --repair')
    const store = await context.open()
    context.outlastReader()
    return repair ? rebuild(context, store, runId, remove ? 'remove' : 'keep') : look(context, store, runId)
  },
})

async function look(context: Context, store: ConsensusStore, runId: string | undefined): Promise<Outcome> {
  const shown = progress(context.io.stderr, 'Verifying runs')
  const found = await store.verify(runId, { progress: () => shown.step() }).finally(() => shown.done())
  const { runs, events, differences } = found

  if (context.json) await context.printJson(found)
  else {
    await context.printTable(columns, [differences])
    const outcome = differences.length === 0 ? 'nothing differs' : counted(differences.length, 'difference')
    await context.print(`${counted(runs, 'run')}, ${counted(events, 'event')}: ${outcome}.`)
  }
  return differences.length === 0 ? 0 : 1
}

async function rebuild(
  context: Context,
  store: ConsensusStore,
  runId: string | undefined,
  untold: 'keep' | 'remove',
): Promise<Outcome> {
  const shown = progress(context.io.stderr, 'Repairing runs')
  const rebuilding = store.rebuild(runId, { untold, progress: () => shown.step() })
  const rebuilt = await rebuilding.finally(() => shown.done())
  const { runs, repaired, left } = rebuilt

  if (context.json) await context.printJson(rebuilt)
  else {
    for (const id of repaired) await context.print(`Repaired ${context.quote(id)}.`)
    await context.printTable(leftColumns, [left])
    const outcome =
      left.length === 0 ? 'nothing differs any more' : `${counted(left.length, 'difference')} left`
    await context.print(`${counted(runs, 'run')}, ${repaired.length} repaired: ${outcome}.`)
  }
  return left.length === 0 ? 0 : 1
}

const columns: readonly Column<Difference>[] = [
  { title: 'run', value: ({ runId }) => runId ?? '', narrow: 'keep' },
  { title: 'what', value: ({ subject }) => subject },
  { title: 'differs', value: ({ message }) => message },
]

const leftColumns: readonly Column<Unrepaired>[] = [
  ...columns,
  { title: 'not repaired, because', value: ({ why }) => why },
]
