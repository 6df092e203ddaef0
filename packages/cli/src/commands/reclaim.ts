import { command } from '../command.ts'
import { flag } from '../option.ts'

export const reclaim = command({
  summary: 'Give space that nothing takes any more back to the file system or the server',
  details:
    'The store may be in use meanwhile. A SQLite file that was made without auto_vacuum gives nothing back unless it is ' +
    'converted, once: --convert writes it anew, which takes room for two copies of what is in use, while writers wait.',
  args: [],
  options: { convert: flag('Convert a file that cannot give space back by itself') },

  async run(context, _args, { convert }) {
    const { io, json, print, printJson } = context
    const store = await context.open()
    const reclaimed = await store.reclaim({ convert: convert ? 'always' : 'never', signal: io.signal })
    const { before, after, converted } = reclaimed
    if (json) await printJson(reclaimed)
    else {
      const bytes = (count: number) => `${count.toLocaleString('en-US')} bytes`
      const taken = `it takes ${bytes(after)}`
      if (converted) await print('Converted the file: from now on it gives space back by itself.')
      await print(
        before > after
          ? `Gave back ${bytes(before - after)}; ${taken} now.`
          : `There was nothing to give back; ${taken}.`,
      )
    }
    return 0
  },
})
