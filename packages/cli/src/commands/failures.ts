import { failureColumns } from '../columns.ts'
import { command } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { text } from '../option.ts'

export const failures = command({
  summary: 'List executions that failed or timed out, newest first',
  args: [],
  options: { spec: text('<id>', 'Only of this spec'), ...listOptions },

  async run(context, _args, { spec, ...list }) {
    const store = await context.open()
    return printList(context, list, {
      fetch: (page) => store.executions.failures({ specId: spec, ...page }),
      columns: failureColumns(context.paint),
      none: 'Nothing failed.',
    })
  },
})
