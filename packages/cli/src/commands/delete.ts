import { command } from '../command.ts'
import { counted } from '../counted.ts'
import { eachRun } from '../each-run.ts'

export const deleteRuns = command({
  summary: 'Delete ended runs with all they own, for good',
  details:
    'It does not ask again, and nothing brings a deleted run back but what was exported or copied before. ' +
    'A run that is running, pinned or waiting for an agent is left as it is, and the exit code is 1; the others are still ' +
    'deleted. A run that is not there is no failure, so the same line may be repeated.',
  args: ['<run...>'],
  options: {},

  async run(context, [ids]) {
    const { open, json, print, printJson, quote, remark } = context
    const store = await open()
    return eachRun(context, ids, async (id) => {
      const deleted = await store.runs.delete(id)
      if (!deleted) remark(`There is no run ${quote(id)}.`)
      else if (json) await printJson(deleted)
      else await print(`Deleted ${quote(id)} and ${counted(deleted.agentIds.length, 'agent')}.`)
    })
  },
})
