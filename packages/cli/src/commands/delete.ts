import { StoreError } from '@consensus-store/core'
import { command } from '../command.ts'
import { counted } from '../counted.ts'

export const deleteRuns = command({
  summary: 'Delete ended runs with all they own, for good',
  details:
    'It does not ask again, and nothing brings a deleted run back but what was exported or copied before. ' +
    'A run that is running, pinned or waiting for an agent is left as it is, and the exit code is 1; the others are still ' +
    'deleted. A run that is not there is no failure, so the same line may be repeated.',
  args: ['<run...>'],
  options: {},

  async run({ open, json, print, printJson, quote, remark }, [ids]) {
    const store = await open()
    let refused = false
    for (const id of ids) {
      try {
        const deleted = await store.runs.delete(id)
        if (!deleted) remark(`There is no run ${quote(id)}.`)
        else if (json) await printJson(deleted)
        else await print(`Deleted ${quote(id)} and ${counted(deleted.agentIds.length, 'agent')}.`)
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'CONFLICT') throw error
        refused = true
        remark(`error: CONFLICT: ${quote(error.message)}`)
      }
    }
    return refused ? 1 : 0
  },
})
