import { RUN_STATUSES } from '@consensus-store/core'
import { archivedAt, runColumns } from '../columns.ts'
import { command } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { choice, flag, text } from '../option.ts'

export const runs = command({
  summary: 'List runs, newest first',
  args: [],
  options: {
    spec: text('<id>', 'Only of this spec'),
    stage: text('<name>', 'Only of this stage'),
    status: choice(RUN_STATUSES, 'Only in this status'),
    archived: flag('Only those that are archived'),
    ...listOptions,
  },

  async run(context, _args, { spec, stage, status, archived, ...list }) {
    const store = await context.open()
    return printList(context, list, {
      fetch: (page) =>
        store.runs.list({ specId: spec, stage, status, ...(archived && { archived }), ...page }),
      columns: [...runColumns(context.paint), ...(archived ? [archivedAt] : [])],
      none: archived ? 'No archived runs.' : 'No runs.',
    })
  },
})
