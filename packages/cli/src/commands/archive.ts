import { resolve } from 'node:path'
import { archiveFolder, StoreError } from '@consensus-store/core'
import { size } from '../columns.ts'
import { command } from '../command.ts'
import { counted } from '../counted.ts'
import { text } from '../option.ts'

export const archive = command({
  summary: 'Move ended runs out of the way, each into one compressed archive',
  details:
    'An archived run still answers runs, show, replay, diff, timeline and export; its agents, artifacts and syntheses are ' +
    'listed no more, and archives restore brings them back. A run that is running, pinned or waiting for an agent, or that is ' +
    'not what its log tells, is left as it is, and the exit code is 1; the others are still archived.',
  args: ['<run...>'],
  options: {
    folder: text(
      '<path>',
      'Keep each archive in this folder too, as a file, before anything is moved; it must be there',
    ),
  },

  async run({ io, open, json, print, printJson, quote, remark }, [ids], { folder: path }) {
    const store = await open()
    const folder = path === undefined ? undefined : archiveFolder(resolve(io.cwd, path))
    let refused = false
    for (const id of ids) {
      try {
        const archived = await store.archives.add(id, { folder })
        const { bytes, bundleBytes, agentIds } = archived
        if (json) await printJson(archived)
        else
          await print(
            `Archived ${quote(id)} and ${counted(agentIds.length, 'agent')}: ${size(bytes)} bytes for ${size(bundleBytes)}.`,
          )
      } catch (error) {
        const stays = error instanceof StoreError && ['CONFLICT', 'NOT_FOUND', 'CORRUPT'].includes(error.code)
        if (!stays) throw error
        refused = true
        remark(`error: ${error.code}: ${quote(error.message)}`)
      }
    }
    return refused ? 1 : 0
  },
})
