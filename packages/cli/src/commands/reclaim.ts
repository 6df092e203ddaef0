import { reclaimResult } from '@consensus-store/core'
import { command } from '../command.ts'
import { doneAsChore } from '../done-as-chore.ts'
import { flag } from '../option.ts'

export const reclaim = command({
  summary: 'Give space that nothing takes any more back to the file system or the server',
  details:
    'The store may be in use meanwhile. A SQLite file that was made without auto_vacuum gives nothing back unless it is ' +
    'converted, once: --convert writes it anew, which takes room for two copies of what is in use, while writers wait; once ' +
    'begun it goes on to its end. What came of it is kept in the store, where health shows it. Exits with 1 when space is free ' +
    'that cannot be given back without.',
  args: [],
  options: { convert: flag('Convert a file that cannot give space back by itself') },

  async run(context, _args, { convert }) {
    const { io, json, print, printJson } = context
    const store = await context.open()
    const work = () => store.reclaim({ convert: convert ? 'always' : 'never', signal: io.signal })
    const reclaimed = await doneAsChore(context, store, 'reclaim', work, { result: reclaimResult })
    const { before, after, converted, unconverted } = reclaimed
    if (json) await printJson(reclaimed)
    else {
      const bytes = (count: number) => `${count.toLocaleString('en-US')} bytes`
      const taken = `it takes ${bytes(after)}`
      if (converted) await print('Converted the file: from now on it gives space back by itself.')
      if (before > after) await print(`Gave back ${bytes(before - after)}; ${taken} now.`)
      else if (unconverted === 0) await print(`There was nothing to give back; ${taken}.`)
      if (unconverted > 0) {
        await print(`${bytes(unconverted)} are free and cannot be given back without --convert; ${taken}.`)
      }
    }
    return unconverted > 0 ? 1 : 0
  },
})
