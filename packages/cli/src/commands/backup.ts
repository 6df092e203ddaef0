import { resolve } from 'node:path'
import { backupResult } from '@consensus-store/core'
import { command } from '../command.ts'
import { counted } from '../counted.ts'
import { doneAsChore } from '../done-as-chore.ts'
import { whole } from '../option.ts'
import { shareProgress } from '../share-progress.ts'

export const backup = command({
  summary: 'Keep everything there is in one file, checked before it replaces an older one',
  details:
    'The store may be in use meanwhile. Of a SQLite store it is a copy of the database, of others a ' +
    'compressed export. Whatever happens, there is a whole backup where one was. restore reads it. What came of it is kept in ' +
    'the store, where health shows it.',
  args: ['<file>'],
  remedies: { CONFLICT: 'Name another file, or move away what is in the way; it stays as it is.' },
  options: {
    keep: whole('<n>', 'Backups to keep: older ones become <file>.1, <file>.2 and so on', {
      min: 1,
      fallback: 1,
    }),
  },

  async run(context, [given], { keep }) {
    const { io, json, print, printJson, quote } = context
    const store = await context.open()
    const shown = shareProgress(io.stderr, 'Backing up')
    try {
      const file = resolve(io.cwd, given)
      const backUp = () => store.backup(file, { keep, signal: io.signal, progress: shown.to })
      const made = await doneAsChore(context, store, 'backup', backUp, { result: backupResult })
      shown.done()
      const { format, bytes, runs, digest } = made
      if (json) await printJson(made)
      else {
        const kind = format === 'sqlite' ? 'a SQLite database' : 'a compressed export'
        const size = `${bytes.toLocaleString('en-US')} bytes`
        await print(`Backed ${counted(runs, 'run')} up to ${quote(file)}, ${kind} of ${size}.`)
        await print(`Its digest is ${digest}.`)
      }
      return 0
    } finally {
      shown.done()
    }
  },
})
