import type { Difference } from '@consensus-store/core'
import { command } from '../command.ts'
import type { Column } from '../table.ts'

export const verify = command({
  summary: 'Fold the logs and compare them with the rows and bodies',
  details: 'Exits with 1 and lists what differs, if anything does.',
  args: ['[run]'],
  options: {},

  async run(context, [runId]) {
    const store = await context.open()
    const verification = await store.verify(runId)
    const { runs, events, differences } = verification
    if (context.json) await context.printJson(verification)
    else {
      await context.printTable(columns, [differences])
      const found =
        differences.length === 0 ? 'nothing differs' : `${counted(differences.length, 'difference')}`
      await context.print(`${counted(runs, 'run')}, ${counted(events, 'event')}: ${found}.`)
    }
    return differences.length === 0 ? 0 : 1
  },
})

const columns: readonly Column<Difference>[] = [
  { title: 'run', value: (difference) => difference.runId, keep: true },
  { title: 'what', value: (difference) => difference.subject },
  { title: 'differs', value: (difference) => difference.message },
]

const counted = (count: number, noun: string) =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
