import { command } from '../command.ts'
import { counted } from '../counted.ts'

export const forget = command({
  summary: 'Delete the snapshots of a run, or all there are',
  details:
    'Whoever replays a run of more than a thousand events leaves a snapshot of it behind, at which the next one begins. ' +
    'Without them every answer is the same, and the next replay takes a new one; the run itself stays as it is.',
  args: ['[run]'],
  options: {},

  async run({ open, json, print, printJson }, [runId]) {
    const store = await open()
    const snapshots = await store.snapshots.delete(runId)
    await (json ? printJson({ snapshots }) : print(`Deleted ${counted(snapshots, 'snapshot')}.`))
    return 0
  },
})
