import { resolve } from 'node:path'
import { archiveFolder } from '@consensus-store/core'
import { size } from '../columns.ts'
import { command } from '../command.ts'
import { counted } from '../counted.ts'
import { eachRun } from '../each-run.ts'
import { text } from '../option.ts'

export const archive = command({
  summary: 'Move ended runs out of the way, each into one compressed archive',
  details:
    'An archived run still answers runs, show, replay, diff, timeline and export; its agents, artifacts and syntheses are ' +
    'listed no more, and archives restore brings them back. A run that is running, pinned or waiting for an agent, that is ' +
    'not what its log tells, or too large for one archive, is left as it is, and the exit code is 1; the others are still archived.',
  args: ['<run...>'],
  options: {
    folder: text(
      '<path>',
      'Keep each archive in this folder too, as a file, before anything is moved; it must be there',
    ),
  },

  async run(context, [ids], { folder: path }) {
    const { io, open, json, print, printJson, quote } = context
    const store = await open()
    const folder = path === undefined ? undefined : archiveFolder(resolve(io.cwd, path))
    return eachRun(context, ids, async (id) => {
      const archived = await store.archives.add(id, { folder })
      if (json) return printJson(archived)
      const { bytes, bundleBytes, agentIds } = archived
      await print(
        `Archived ${quote(id)} and ${counted(agentIds.length, 'agent')}: ${size(bytes)} bytes for ${size(bundleBytes)}.`,
      )
    })
  },
})
