import { command } from '../command.ts'
import { eachRun } from '../each-run.ts'

export const abandon = command({
  summary: 'End runs that nobody will conclude, without a verdict',
  details:
    'Agents that are still out may yet answer, and until they have ended, as by stale --time-out, no retention takes their run. ' +
    'A run that was concluded is left as it is, and the exit code is 1; the others are still abandoned. Abandoning a run again ' +
    'changes nothing, so the same line may be repeated.',
  args: ['<run...>'],
  options: {},

  async run(context, [ids]) {
    const { open, json, print, printJson, quote } = context
    const store = await open()
    return eachRun(context, ids, async (id) => {
      const run = await store.runs.abandon(id)
      await (json ? printJson(run) : print(`Abandoned ${quote(id)}.`))
    })
  },
})
