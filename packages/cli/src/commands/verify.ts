import type { Difference } from '@consensus-store/core'
import { command } from '../command.ts'
import { counted } from '../counted.ts'
import { progress } from '../progress.ts'
import type { Column } from '../table.ts'

export const verify = command({
  summary: 'Fold the logs and compare them with the rows and bodies',
  details: 'Exits with 1 and lists what differs, if anything does.',
  args: ['[run]'],
  options: {},

  async run(context, [runId]) {
    const store = await context.open()
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
  },
})

const columns: readonly Column<Difference>[] = [
  { title: 'run', value: ({ runId }) => runId ?? '', narrow: 'keep' },
  { title: 'what', value: ({ subject }) => subject },
  { title: 'differs', value: ({ message }) => message },
]
