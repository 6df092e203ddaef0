import { staleColumns } from '../columns.ts'
import { command } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { duration } from '../option.ts'

export const stale = command({
  summary: 'List agents that have been out too long, newest first',
  args: [],
  options: {
    'older-than': duration('How long is too long, as in 90s, 30m, 2h or 7d', '30m'),
    ...listOptions,
  },

  async run(context, _args, { 'older-than': olderThanMs, ...list }) {
    const now = context.io.clock.now()
    const olderThan = new Date(now.getTime() - olderThanMs)
    const store = await context.open()
    return printList(context, list, {
      fetch: (page) => store.executions.stale({ olderThan, ...page }),
      columns: staleColumns(context.paint, now),
      none: 'Nobody is out that long.',
    })
  },
})
