import { resolve } from 'node:path'
import { command } from '../command.ts'
import { counted } from '../counted.ts'
import { text } from '../option.ts'
import { restoreTo } from '../restoring.ts'
import { shareProgress } from '../share-progress.ts'
import { withoutPasswords } from '../store-url.ts'

export const restore = command({
  summary: 'Fill an empty store from a backup, and check that it holds all of it',
  details:
    'A store that has anything in it is left as it is, and the exit code is 1; so it is when the backup is damaged. A backup ' +
    'of any kind of store can be restored to any other kind.',
  args: ['<file>'],
  remedies: {
    CONFLICT: 'Name a store that is not there yet, or one with nothing in it, with --to.',
    CORRUPT: 'Check that it is the right file, or restore an older backup.',
  },
  options: { to: text('<url>', 'The store to fill, made when it is missing; that of --store unless given') },

  async run(context, [given], { to = context.storeUrl }) {
    const { io, json, print, printJson, quote } = context
    const shown = shareProgress(io.stderr, 'Restoring')
    try {
      const restored = await restoreTo(context, resolve(io.cwd, given), to, {
        signal: io.signal,
        progress: shown.to,
      })
      shown.done()
      const { runs, digest } = restored
      if (json) await printJson(restored)
      else {
        await print(`Restored ${counted(runs, 'run')} to ${quote(withoutPasswords(to))}.`)
        await print(`Its digest is ${digest}, which is that of the backup.`)
      }
      return 0
    } finally {
      shown.done()
    }
  },
})
